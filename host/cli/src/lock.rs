//! Whether what is written is locked: `--no-lock`.

use clap::Args;

use landauer::work::Locking;

/// Whether what is written is locked.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct LockArguments {
    /// Take no file locks, for file systems without them (some Lustre and NFS): make sure that no other
    /// process writes the same output, or the same share of it, at the same time
    #[arg(long)]
    no_lock: bool,
}

impl LockArguments {
    /// Whether it is.
    pub(super) const fn locking(self) -> Locking {
        if self.no_lock {
            Locking::Off
        } else {
            Locking::On
        }
    }
}
