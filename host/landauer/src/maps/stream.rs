//! Maps of many strips, some at a time.

use super::mapper::numbers;
use super::{MapError, Mapper, Maps};
use crate::onsite::OnsiteEnergies;
use crate::parallel;
use crate::solve::{Stop, StreamError, StripError, StripSource};

/// Bytes of maps that a stream gives at a time, if they are of more strips than there are threads.
const BYTES: u64 = 1 << 25;

/// Vectors of strips that each thread maps at a time, at most.
const VECTORS: usize = 16;

impl Mapper {
    /// The maps of the strips of a source in their order, of some at a time. On all threads of the current rayon pool;
    /// how many come at a time has no effect on them. Dropping the iterator stops it.
    ///
    /// # Example
    /// ```
    /// use landauer::maps::{Field, Mapper};
    /// use landauer::{Concentration, DisorderModel, Energies, Ensemble, EnsembleSource, StripSize};
    /// let size = StripSize::new(4, 3)?;
    /// let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.2), 1)?;
    /// let mut source = EnsembleSource::new(ensemble, size, 0..100);
    /// let mapper = Mapper::new(size, Energies::default(), &[Field::Gradient])?;
    /// let mut strips = 0;
    /// for maps in mapper.stream(&mut source) {
    ///     strips += maps?.transmissions().len();
    /// }
    /// assert_eq!(strips, 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stream<'m, S: StripSource>(&'m self, source: &'m mut S) -> MapStream<'m, S> {
        self.stream_unless(source, &|| false)
    }

    /// The same, which ends early where `stop` says yes: whoever gives one asks it afterwards.
    #[doc(hidden)]
    pub fn stream_unless<'m, S: StripSource>(
        &'m self,
        source: &'m mut S,
        stop: Stop<'m>,
    ) -> MapStream<'m, S> {
        MapStream {
            mapper: self,
            source,
            stop,
            strips: None,
            done: 0,
            ended: false,
        }
    }

    /// Strips that are mapped at a time: enough for all threads, and whole vectors.
    fn block(&self) -> usize {
        let energies = self.energies.count().max(1);
        let each = numbers(&self.fields, self.size.sites() as u64)
            .saturating_mul(8 * energies as u64)
            .max(1);
        let fit = usize::try_from(BYTES / each).unwrap_or(usize::MAX) / self.lanes;
        let threads = parallel::threads();
        let (least, most) = (threads.div_ceil(energies), VECTORS * threads);
        fit.clamp(least, most) * self.lanes
    }
}

/// The maps of a [stream](Mapper::stream) of strips, in their order.
pub struct MapStream<'m, S> {
    mapper: &'m Mapper,
    source: &'m mut S,
    stop: Stop<'m>,
    /// Those whose maps came last.
    strips: Option<OnsiteEnergies<'static>>,
    /// Strips that have been mapped.
    done: u64,
    ended: bool,
}

impl<S> std::fmt::Debug for MapStream<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MapStream")
            .field("mapper", &self.mapper)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

impl<S: StripSource> MapStream<'_, S> {
    /// The strips whose maps came last; `None` before the first came, and after the end.
    #[must_use]
    pub const fn strips(&self) -> Option<&OnsiteEnergies<'static>> {
        self.strips.as_ref()
    }

    fn next_part(&mut self) -> Result<Option<Maps>, StreamError<S::Error>> {
        let size = self.mapper.size;
        // Two parts at a time would be twice the memory.
        self.strips = None;
        if self.source.size() != size {
            let found = self.source.size();
            let expected = size;
            return Err(MapError::OtherSize { expected, found }.into());
        }
        let left = self.source.samples().saturating_sub(self.done);
        let count = { self.mapper.block() }.min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 || (self.stop)() {
            return Ok(None);
        }
        let strips = self.source.read(self.done, count);
        let strips = strips.map_err(StreamError::Source)?;
        let first = self.source.first_sample().saturating_add(self.done);
        let wanted = count.saturating_mul(size.sites());
        if strips.len() != wanted {
            return Err(StreamError::Length {
                sample: first,
                wanted,
                found: strips.len(),
            });
        }
        // Errors count from the first strip of a part.
        let before = usize::try_from(first).unwrap_or_default();
        let strips = OnsiteEnergies::new(size, strips).map_err(|error| {
            let found = StripError {
                sample: error.sample,
                energy: self.mapper.energies.all()[0],
                fault: error.fault,
            };
            found.after(before)
        })?;
        let maps = self.mapper.map_unless(&strips, self.stop);
        let maps = maps.map_err(|error| error.after(before))?;
        self.done += count as u64;
        self.strips = maps.is_some().then_some(strips);
        Ok(maps)
    }
}

impl<S: StripSource> Iterator for MapStream<'_, S> {
    type Item = Result<Maps, StreamError<S::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let part = self.next_part();
        self.ended = !matches!(part, Ok(Some(_)));
        part.transpose()
    }
}

impl MapError {
    /// The same error in a batch that begins `before` samples earlier.
    fn after(self, before: usize) -> Self {
        match self {
            Self::Lost { sample, energy } => Self::Lost {
                sample: sample.saturating_add(before),
                energy,
            },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::{Concentration, DisorderModel, Ensemble};

    use super::*;
    use crate::maps::{Field, MeanMaps};
    use crate::{Energies, EnsembleSource, StripSize};

    fn case() -> (Mapper, EnsembleSource, OnsiteEnergies<'static>) {
        let size = StripSize::new(6, 5).unwrap();
        let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.2), 9).unwrap();
        let energies = Energies::new([0.0, 0.7]).unwrap();
        let mapper = Mapper::new(size, energies, &Field::ALL).unwrap();
        let source = EnsembleSource::new(ensemble, size, 5..5 + 1500);
        let strips = OnsiteEnergies::draw(&ensemble, size, 5..5 + 1500).unwrap();
        (mapper, source, strips)
    }

    #[test]
    fn parts_are_the_whole_and_an_average_does_not_see_them() {
        let (mapper, mut source, strips) = case();
        let whole = mapper.map(&strips).unwrap();
        assert!(mapper.block() < 1500 || parallel::threads() > 11);
        let (mut gradients, mut along) = (Vec::new(), Vec::new());
        let mut stream = mapper.stream(&mut source);
        while let Some(maps) = stream.next() {
            let (maps, before) = (maps.unwrap(), gradients.len() / 2);
            let mapped = stream.strips().unwrap().values();
            assert_eq!(mapped, &strips.values()[before..][..mapped.len()]);
            gradients.extend_from_slice(maps.field(Field::Gradient).unwrap());
            along.extend_from_slice(maps.current_x().unwrap());
        }
        assert!(stream.next().is_none() && stream.strips().is_none());
        assert_eq!(gradients, whole.field(Field::Gradient).unwrap());
        assert_eq!(along, whole.current_x().unwrap());
        // Means of a stream have the bits of means of one batch.
        let streamed = mapper.mean(&mut source).unwrap();
        let mut at_once = MeanMaps::new(&mapper).unwrap();
        at_once.push(&whole).unwrap();
        assert_eq!(streamed, at_once);
        assert_eq!(streamed.samples(), 1500);
    }

    #[test]
    fn means_are_those_of_the_numbers_and_merge() {
        let (mapper, mut source, strips) = case();
        let whole = mapper.map(&strips).unwrap();
        let means = mapper.mean(&mut source).unwrap();
        // Slice 2, row 3 at the second energy.
        let (sites, site) = (30, 30 + 13);
        let of = |values: &[f64]| -> Vec<f64> {
            let samples = values.chunks_exact(2 * sites);
            samples.map(|sample| sample[site]).collect()
        };
        let [x, y] = whole.site_current().unwrap();
        let [x, y] = [of(&x), of(&y)];
        let currents = x.iter().zip(&y).map(|(x, y)| (x * x + y * y).sqrt());
        let gradients = of(whole.field(Field::Gradient).unwrap());
        let expected = [
            (Field::Current, currents.collect::<Vec<f64>>()),
            (Field::Gradient, gradients.iter().map(|g| g.abs()).collect()),
            (Field::Ldos, of(whole.field(Field::Ldos).unwrap())),
        ];
        for (field, values) in expected {
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let spread: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            let error = (spread / (count - 1.0) / count).sqrt();
            let found = means.field(field).unwrap()[site];
            assert!((found.mean().unwrap() - mean).abs() < 1e-12, "{field:?}");
            assert!((found.standard_error().unwrap() - error).abs() < 1e-12);
        }
        // Two halves make the whole, to rounding; the same halves in the same order to the bit.
        let halves = || {
            let mut merged = MeanMaps::new(&mapper).unwrap();
            for half in strips.values().chunks(750 * sites) {
                let half = OnsiteEnergies::new(strips.size(), half).unwrap();
                let mut means = MeanMaps::new(&mapper).unwrap();
                means.push(&mapper.map(&half).unwrap()).unwrap();
                merged.merge(&means).unwrap();
            }
            merged
        };
        let merged = halves();
        assert_eq!(merged, halves());
        assert_eq!(merged.samples(), 1500);
        for &field in &Field::ALL {
            let both = { merged.field(field).unwrap().iter() }.zip(means.field(field).unwrap());
            for (one, other) in both {
                assert!((one.mean().unwrap() - other.mean().unwrap()).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn what_cannot_be_averaged_is_refused() {
        let (mapper, _, strips) = case();
        let mut means = MeanMaps::new(&mapper).unwrap();
        let others = [
            (&[0.0][..], &Field::ALL[..], "other energies"),
            (&[0.0, 0.7], &[Field::Ldos], "other fields"),
        ];
        for (energies, fields, words) in others {
            let energies = Energies::new(energies).unwrap();
            let other = Mapper::new(strips.size(), energies, fields).unwrap();
            let one = OnsiteEnergies::new(strips.size(), &strips.values()[..30]).unwrap();
            let error = means.push(&other.map(&one).unwrap()).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
            let other = MeanMaps::new(&other).unwrap();
            assert_eq!(means.merge(&other).unwrap_err(), error);
        }
        assert_eq!(means, MeanMaps::new(&mapper).unwrap());
        let size = StripSize::new(1, 3).unwrap();
        let mapper = Mapper::new(size, Energies::default(), &Field::ALL).unwrap();
        assert_eq!(MeanMaps::new(&mapper).unwrap_err(), MapError::OneSlice);
    }

    #[test]
    fn a_stop_ends_the_stream() {
        let (mapper, mut source, _) = case();
        assert!(mapper.stream_unless(&mut source, &|| true).next().is_none());
    }
}
