//! Where a training runs.

use super::error::TrainingError;

/// Where a training runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// The CPU, by kernels of our own: the fastest on one.
    Cpu,
    /// The CPU, by burn's flex.
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

    /// What burn calls it. Our own kernels' records are made by flex.
    pub(super) fn burn(self) -> Result<burn::tensor::Device, TrainingError> {
        match self {
            Self::Cpu | Self::Flex => Ok(burn::tensor::Device::flex()),
            #[cfg(feature = "ndarray")]
            #[allow(deprecated, reason = "kept as long as burn has it")]
            Self::Ndarray => Ok(burn::tensor::Device::ndarray()),
            #[cfg(feature = "cuda")]
            Self::Cuda => Ok(burn::tensor::Device::cuda(0)),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Ok(burn::tensor::Device::wgpu(
                burn::tensor::DeviceKind::DefaultDevice,
            )),
            #[cfg(not(all(feature = "ndarray", feature = "cuda", feature = "wgpu")))]
            other => Err(TrainingError::NotBuilt {
                device: other.name(),
            }),
        }
    }
}
