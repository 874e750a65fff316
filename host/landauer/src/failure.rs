//! What kind of failure an error is: what can be done about it.

/// The kinds of failure, by what a user can do about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Category {
    /// Something that should not happen: a lost solution, a defect of ours.
    Internal,
    /// A request for something impossible; nothing was read or written.
    Usage,
    /// An input has the wrong content: shape, type, NaN, truncated.
    Input,
    /// A system error: a path, a permission, a full disk, too little memory.
    System,
    /// The request conflicts with what is there: another data set, another writer.
    Refused,
    /// Stored data are damaged or incomplete.
    Damaged,
    /// Stopped from outside; what was finished is kept.
    Interrupted,
}

impl Category {
    /// Its name, in one lower-case word.
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

impl Categorised for landauer_core::DisorderError {
    fn category(&self) -> Category {
        Category::Usage
    }
}

impl Categorised for landauer_core::inference::ModelError {
    fn category(&self) -> Category {
        Category::Input
    }
}
