//! What kind of failure an error is, and the exit code that tells a script so.

/// The kinds of failure, by what a user can do about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Category {
    /// Something that should not happen: a lost solution, a defect of ours.
    Internal,
    /// The command line asks for something that cannot be; nothing was read or written.
    Usage,
    /// An input has the wrong content: shape, type, NaN, truncated.
    Input,
    /// The machine said no: a path, a permission, a full disk, too little memory.
    System,
    /// The request conflicts with what is there: another data set, another writer.
    Refused,
    /// Stored data are damaged or incomplete.
    Damaged,
    /// Ctrl-C or SIGTERM; what was finished is kept.
    Interrupted,
}

impl Category {
    /// The exit code of the `landauer` command.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::System => 4,
            Self::Refused => 5,
            Self::Damaged => 6,
            Self::Interrupted => 130,
        }
    }

    /// The word that `--json` gives for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Usage => "usage",
            Self::Input => "input",
            Self::System => "system",
            Self::Refused => "refused",
            Self::Damaged => "damaged",
            Self::Interrupted => "interrupted",
        }
    }
}

/// An error that knows its category.
pub trait Categorised: std::error::Error + Send + Sync + 'static {
    /// What kind of failure it is.
    fn category(&self) -> Category;
}

impl Categorised for landauer_core::inference::ModelError {
    fn category(&self) -> Category {
        Category::Input
    }
}
