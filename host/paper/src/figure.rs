//! What there is to reproduce.

use serde::{Deserialize, Serialize};

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::report::FigureReport;

/// Declares the figures from a line for each: its variant; its module, whose name it has on the command line
/// and in file names, and which is the variant's in lower case; its title.
macro_rules! figures {
    ($($(#[$of:meta])* $figure:ident = $module:ident: $title:literal,)+) => {
        /// A figure of the paper, or the numbers in its text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        #[allow(missing_docs, reason = "the numbers of the paper's figures")]
        pub enum Figure {
            $($(#[$of])* $figure,)+
        }

        impl Figure {
            /// All of them, in the paper's order, and ours.
            pub const ALL: [Self; [$($title),+].len()] = [$(Self::$figure),+];

            /// Its name on the command line and in file names.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$figure => stringify!($module),)+
                }
            }

            /// What it shows, in a line.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$figure => $title,)+
                }
            }

            /// Computes and draws it.
            ///
            /// # Errors
            /// [`ExperimentError::Stopped`] if it was asked to; whatever fails on the way.
            pub fn reproduce(
                self,
                cache: &ArtifactCache<'_>,
            ) -> Result<FigureReport, ExperimentError> {
                match self {
                    $(Self::$figure => super::$module::reproduce(cache),)+
                }
            }
        }
    };
}

// A new figure is a file, its `mod` in lib.rs, and a line here.
figures! {
    Fig1 = fig1: "strips of models I and II between their leads",
    Fig2 = fig2: "model I (w = 4 t): the distribution of G at four sizes",
    Fig3 = fig3: "model II: configurations; G and Ḡ against the concentration",
    Fig4 = fig4: "the networks",
    Fig5 = fig5: "DNN, model I (w = 4 t): predicted against exact G at four sizes",
    Fig6 = fig6: "CNN, model II: predicted against exact; the error against N_train",
    Fig7 = fig7: "ensemble mean and spread of Ḡ by network and exactly, with times",
    Fig8 = fig8: "DNN, model I (w = 2 t): the error against size, depth and width",
    Fig9 = fig9: "DNN, model I (w = 2 t): the error against N_train",
    Fig10 = fig10: "models II, III, IV: G against the concentration",
    Fig11 = fig11: "DNN, models II, III, IV: the error against depth and width",
    Fig12 = fig12: "the error against the number of species, DNN and CNN",
    /// The numbers that stand in the text only.
    Text = text: "numbers that stand in the text only (model I: w = 2 t)",
    /// Not in the paper: the error of every way to a conductance against its cost.
    Cost = cost: "the error against the cost, all methods (not in the paper)",
}

impl Figure {
    /// The figure of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_again() {
        for figure in Figure::ALL {
            assert_eq!(Figure::named(figure.name()), Some(figure));
            let json = serde_json::to_string(&figure).unwrap();
            assert_eq!(json, format!("\"{}\"", figure.name()));
        }
        assert_eq!(Figure::named("fig13"), None);
    }
}
