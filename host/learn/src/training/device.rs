//! Where a training runs.

use super::error::TrainingError;

/// Where a training runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// The CPU, by kernels of our own: the fastest on one.
    Cpu,
    /// The CPU, by burn's flex (cargo feature `burn`).
    Flex,
    /// The CPU, by burn's ndarray (cargo feature `ndarray`).
    Ndarray,
    /// An NVIDIA GPU, by burn (cargo feature `cuda`).
    Cuda,
    /// Any GPU, by burn (cargo feature `wgpu`).
    Wgpu,
}

impl Device {
    /// All of them, built or not.
    pub const ALL: [Self; 5] = [Self::Cpu, Self::Flex, Self::Ndarray, Self::Cuda, Self::Wgpu];

    /// The device of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|device| device.name() == name)
    }

    /// Its name on the command line and in a run's folder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Cuda => "cuda",
            Self::Wgpu => "wgpu",
        }
    }

    /// The cargo feature that brings it; `None` for one that is always built.
    const fn feature(self) -> Option<&'static str> {
        match self {
            Self::Cpu => None,
            Self::Flex => Some("burn"),
            Self::Ndarray => Some("ndarray"),
            Self::Cuda => Some("cuda"),
            Self::Wgpu => Some("wgpu"),
        }
    }

    /// Whether this program was built with it.
    #[must_use]
    pub const fn is_built(self) -> bool {
        match self {
            Self::Cpu => true,
            Self::Flex => cfg!(feature = "burn"),
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::Cuda => cfg!(feature = "cuda"),
            Self::Wgpu => cfg!(feature = "wgpu"),
        }
    }

    /// The names of those that this program was built with, for messages.
    #[must_use]
    pub fn built() -> String {
        let built = Self::ALL.into_iter().filter(|device| device.is_built());
        built.map(Self::name).collect::<Vec<_>>().join(", ")
    }

    /// Makes sure that this program was built with it.
    ///
    /// # Errors
    /// [`TrainingError::NotBuilt`].
    pub(super) fn require(self) -> Result<(), TrainingError> {
        match self.feature() {
            Some(feature) if !self.is_built() => Err(TrainingError::NotBuilt {
                device: self.name(),
                feature,
                built: Self::built(),
            }),
            _ => Ok(()),
        }
    }

    /// Burn's name for it; `None` if it is not one of burn's, or was not built.
    #[cfg(feature = "burn")]
    pub(super) fn burn(self) -> Option<burn::tensor::Device> {
        match self {
            Self::Flex => Some(burn::tensor::Device::flex()),
            #[cfg(feature = "ndarray")]
            #[allow(deprecated, reason = "kept as long as burn has it")]
            Self::Ndarray => Some(burn::tensor::Device::ndarray()),
            #[cfg(feature = "cuda")]
            Self::Cuda => Some(burn::tensor::Device::cuda(0)),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Some(burn::tensor::Device::wgpu(
                burn::tensor::DeviceKind::DefaultDevice,
            )),
            _ => None,
        }
    }
}
