//! Fig. 4: the networks.

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::figure::Figure;
use super::report::{FigureReport, Picture};
use landauer_learn::training::{NetworkSpec, preset};
use landauer_plot::{DrawnLayer, NetworkPicture};

/// The presets, what is said of them, and the sites along a side of their strips.
const NETWORKS: [(&str, &str, &str, usize); 2] = [
    (
        "paper-dnn-3x3",
        "_dnn",
        "The DNN of Fig. 5(a), each line a weight",
        3,
    ),
    (
        "paper-cnn",
        "_cnn",
        "The CNN, 2 × 2 kernels with stride 2",
        40,
    ),
];

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let mut pictures = Vec::new();
    for (name, suffix, words, side) in NETWORKS {
        let layers = layers(&preset(name)?.network, side);
        let picture = NetworkPicture {
            name: words,
            layers: &layers,
        };
        pictures.push(Picture::new(suffix, picture.draw()?));
    }
    Ok(FigureReport {
        figure: Figure::Fig4,
        profile: cache.profile(),
        pictures,
        tables: Vec::new(),
        claims: Vec::new(),
        notes: vec!["Drawn from the networks' own descriptions, the presets.".to_owned()],
    })
}

/// The layers for square strips, from the sites to the conductance.
fn layers(network: &NetworkSpec, side: usize) -> Vec<DrawnLayer<'static>> {
    let mut layers = Vec::new();
    let dense = match network {
        NetworkSpec::Convolutional {
            convolutions,
            hidden,
        } => {
            let mut left = side;
            layers.push(DrawnLayer::Maps {
                channels: 1,
                length: side,
                width: side,
                name: "strip",
            });
            for convolution in convolutions {
                left /= convolution.kernel;
                layers.push(DrawnLayer::Maps {
                    channels: convolution.channels,
                    length: left,
                    width: left,
                    name: "ReLU",
                });
            }
            hidden.as_slice()
        }
        NetworkSpec::Dense { hidden } => {
            layers.push(DrawnLayer::Units {
                units: side * side,
                name: "sites",
            });
            hidden.as_slice()
        }
        NetworkSpec::Spectral { .. } => &[],
    };
    let hidden = dense.iter().map(|&units| DrawnLayer::Units {
        units,
        name: "ReLU",
    });
    layers.extend(hidden);
    layers.push(DrawnLayer::Units {
        units: 1,
        name: "linear",
    });
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paper_s_cnn_halves_its_maps() {
        let layers = layers(&preset("paper-cnn").unwrap().network, 40);
        let lengths: Vec<usize> = layers
            .iter()
            .filter_map(|layer| match layer {
                DrawnLayer::Maps { length, .. } => Some(*length),
                DrawnLayer::Units { .. } => None,
            })
            .collect();
        assert_eq!(lengths, [40, 20, 10, 5]);
        assert_eq!(layers.len(), 6);
    }
}
