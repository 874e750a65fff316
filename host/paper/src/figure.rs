//! What there is to reproduce.

use serde::{Deserialize, Serialize};

use super::artifact_cache::ArtifactCache;
use super::cost;
use super::error::ExperimentError;
use super::report::FigureReport;
use super::{fig1, fig2, fig3, fig4, fig5, fig6, fig7, fig8, fig9, fig10, fig11, fig12, text};

/// A figure of the paper, or the numbers in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the numbers of the paper's figures")]
pub enum Figure {
    Fig1,
    Fig2,
    Fig3,
    Fig4,
    Fig5,
    Fig6,
    Fig7,
    Fig8,
    Fig9,
    Fig10,
    Fig11,
    Fig12,
    /// The numbers that stand in the text only.
    Text,
    /// Not in the paper: the error of every way to a conductance against its cost.
    Cost,
}

impl Figure {
    /// All of them, in the paper's order, and ours.
    pub const ALL: [Self; 14] = [
        Self::Fig1,
        Self::Fig2,
        Self::Fig3,
        Self::Fig4,
        Self::Fig5,
        Self::Fig6,
        Self::Fig7,
        Self::Fig8,
        Self::Fig9,
        Self::Fig10,
        Self::Fig11,
        Self::Fig12,
        Self::Text,
        Self::Cost,
    ];

    /// Its name on the command line and in file names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fig1 => "fig1",
            Self::Fig2 => "fig2",
            Self::Fig3 => "fig3",
            Self::Fig4 => "fig4",
            Self::Fig5 => "fig5",
            Self::Fig6 => "fig6",
            Self::Fig7 => "fig7",
            Self::Fig8 => "fig8",
            Self::Fig9 => "fig9",
            Self::Fig10 => "fig10",
            Self::Fig11 => "fig11",
            Self::Fig12 => "fig12",
            Self::Text => "text",
            Self::Cost => "cost",
        }
    }

    /// What it shows, in a line.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Fig1 => "strips of models I and II between their leads",
            Self::Fig2 => "model I (w = 4 t): the distribution of G at four sizes",
            Self::Fig3 => "model II: configurations; G and Ḡ against the concentration",
            Self::Fig4 => "the networks",
            Self::Fig5 => "DNN, model I (w = 4 t): predicted against exact G at four sizes",
            Self::Fig6 => "CNN, model II: predicted against exact; the error against N_train",
            Self::Fig7 => "ensemble mean and spread of Ḡ by network and exactly, with times",
            Self::Fig8 => "DNN, model I (w = 2 t): the error against size, depth and width",
            Self::Fig9 => "DNN, model I (w = 2 t): the error against N_train",
            Self::Fig10 => "models II, III, IV: G against the concentration",
            Self::Fig11 => "DNN, models II, III, IV: the error against depth and width",
            Self::Fig12 => "the error against the number of species, DNN and CNN",
            Self::Text => "numbers that stand in the text only (model I: w = 2 t)",
            Self::Cost => "the error against the cost, every way (not in the paper)",
        }
    }

    /// The figure of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.name() == name)
    }

    /// Computes and draws it.
    ///
    /// # Errors
    /// [`ExperimentError::Stopped`] if it was asked to; whatever fails on the way.
    pub fn reproduce(self, cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
        match self {
            Self::Fig1 => fig1::reproduce(cache),
            Self::Fig2 => fig2::reproduce(cache),
            Self::Fig3 => fig3::reproduce(cache),
            Self::Fig4 => fig4::reproduce(cache),
            Self::Fig5 => fig5::reproduce(cache),
            Self::Fig6 => fig6::reproduce(cache),
            Self::Fig7 => fig7::reproduce(cache),
            Self::Fig8 => fig8::reproduce(cache),
            Self::Fig9 => fig9::reproduce(cache),
            Self::Fig10 => fig10::reproduce(cache),
            Self::Fig11 => fig11::reproduce(cache),
            Self::Fig12 => fig12::reproduce(cache),
            Self::Text => text::reproduce(cache),
            Self::Cost => cost::reproduce(cache),
        }
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
