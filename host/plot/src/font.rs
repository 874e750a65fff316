//! The letters: one font that travels with the program, since a fresh machine has none.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont};

use super::PlotError;

/// DejaVu Sans, reduced to the letters in use (origin and licence: `host/plot/assets/README.md`).
static DEJAVU_SANS: &[u8] = include_bytes!("../assets/dejavu-sans-subset.ttf");

/// The font at one size.
pub(super) struct Letters {
    font: FontRef<'static>,
    scale: PxScale,
}

impl Letters {
    /// The font with this many units to the em.
    pub(super) fn new(em: i32) -> Result<Self, PlotError> {
        let broken = || PlotError::Drawing("the font inside the program is broken".to_owned());
        let font = FontRef::try_from_slice(DEJAVU_SANS).map_err(|_| broken())?;
        let units = font.units_per_em().ok_or_else(broken)?;
        // ab_glyph measures sizes from the lowest descender to the highest ascender.
        #[allow(clippy::cast_possible_truncation, reason = "a size of letters")]
        let scale = (f64::from(em) * f64::from(font.height_unscaled() / units)) as f32;
        Ok(Self {
            font,
            scale: PxScale::from(scale),
        })
    }

    /// The length of a line of text.
    pub(super) fn width(&self, text: &str) -> i32 {
        let font = self.font.as_scaled(self.scale);
        let advance = |letter| font.h_advance(font.glyph_id(letter));
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a text that fits a picture"
        )]
        let width = text.chars().map(advance).sum::<f32>().ceil() as i32;
        width
    }

    /// Calls `ink(x, y, coverage)` for the pixels of a line of text that begins at (0, 0) on its
    /// baseline; y grows downwards.
    pub(super) fn draw<E>(
        &self,
        text: &str,
        mut ink: impl FnMut(i32, i32, f32) -> Result<(), E>,
    ) -> Result<(), E> {
        let font = self.font.as_scaled(self.scale);
        let mut x = 0.0;
        for letter in text.chars() {
            let id = font.glyph_id(letter);
            let at = ab_glyph::point(x, 0.0);
            x += font.h_advance(id);
            let glyph = id.with_scale_and_position(self.scale, at);
            let Some(outline) = font.outline_glyph(glyph) else {
                continue;
            };
            let corner = outline.px_bounds().min;
            #[allow(clippy::cast_possible_truncation, reason = "whole numbers of pixels")]
            let (left, top) = (corner.x as i32, corner.y as i32);
            let mut pixels = Vec::new();
            outline.draw(|x, y, coverage| pixels.push((x, y, coverage)));
            for (x, y, coverage) in pixels {
                if coverage > 0.0 {
                    ink(left + x.cast_signed(), top + y.cast_signed(), coverage)?;
                }
            }
        }
        Ok(())
    }

    /// Does the font have this letter?
    #[cfg(test)]
    pub(super) fn has(&self, letter: char) -> bool {
        self.font.glyph_id(letter).0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_of_the_figures_are_there() {
        let letters = Letters::new(100).unwrap();
        let all = "ABCxyz0189 ().,:%/=−+×²½ḠεπΔ⟨⟩₀₁₂⁻¹→±≤≥";
        let missing: Vec<char> = all.chars().filter(|&c| !letters.has(c)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn width_and_ink_are_those_of_dejavu_sans() {
        // Digits of DejaVu Sans are 1303/2048 em wide and 1493/2048 em high (plus overshoot).
        let letters = Letters::new(2048).unwrap();
        assert_eq!(letters.width("0"), 1303);
        assert_eq!(letters.width(""), 0);
        let (mut top, mut bottom) = (0, i32::MIN);
        let drawn: Result<(), ()> = letters.draw("1", |_, y, _| {
            top = top.min(y);
            bottom = bottom.max(y);
            Ok(())
        });
        drawn.unwrap();
        assert!((-1495..=-1490).contains(&top), "{top}");
        assert!((-3..=1).contains(&bottom), "{bottom}");
    }
}
