//! One layer's shape, and where its weights are.

/// Outputs whose weights are kept together.
pub(super) const PANEL: usize = 32;

/// An affine layer, y = x·W + b, applied to one or more groups of features by the same weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Affine {
    /// The number of groups of inputs, one after another: 1 for a dense layer, the number of
    /// patches for a convolution whose stride is its kernel.
    pub groups: usize,
    /// Inputs of a group.
    pub inputs: usize,
    /// Outputs of a group.
    pub outputs: usize,
    /// Whether y becomes max(0, y).
    pub relu: bool,
}

impl Affine {
    /// A layer that every input and every output is in once.
    #[must_use]
    pub const fn dense(inputs: usize, outputs: usize, relu: bool) -> Self {
        Self {
            groups: 1,
            inputs,
            outputs,
            relu,
        }
    }

    /// Features that come in.
    #[must_use]
    pub const fn features_in(&self) -> usize {
        self.groups * self.inputs
    }

    /// Features that come out.
    #[must_use]
    pub const fn features_out(&self) -> usize {
        self.groups * self.outputs
    }

    /// Weights, without the bias.
    #[must_use]
    pub const fn weights(&self) -> usize {
        self.inputs * self.outputs
    }

    /// Weights and bias.
    #[must_use]
    pub const fn parameters(&self) -> usize {
        self.weights() + self.outputs
    }

    /// Where the weight of an input and an output is: panel by panel, `[input, output of the panel]`,
    /// so that a panel begins at inputs · its first output.
    pub(super) const fn place(&self, input: usize, output: usize) -> usize {
        let first = output - output % PANEL;
        let rest = self.outputs - first;
        let width = if rest < PANEL { rest } else { PANEL };
        self.inputs * first + input * width + output % PANEL
    }
}
