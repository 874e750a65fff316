//! Any module's error on its way to the user.

use std::any::Any;

use landauer::averages::AveragesError;
use landauer::dataset::GenerateError;
use landauer::failure::{Categorised, Category};
use landauer::work::{LockError, WorkError};
use landauer_learn::training::TrainingError;
use landauer_paper::ExperimentError;

/// The exit code of the `landauer` command after a failure of this category: the only place that has them.
pub(super) const fn exit_code(category: Category) -> u8 {
    match category {
        Category::Usage => 2,
        Category::Input => 3,
        Category::System => 4,
        Category::Refused => 5,
        Category::Damaged => 6,
        Category::Interrupted => 130,
        // An internal error, and any category that this program does not know.
        _ => 1,
    }
}

/// An error with its category and the action that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) category: Category,
    pub(super) error: anyhow::Error,
    /// More about it for `--json`, beside the message; an object, or null for nothing.
    pub(super) details: serde_json::Value,
}

impl<E: Categorised> From<E> for Failure {
    fn from(error: E) -> Self {
        let category = error.category();
        let error = if lacks_locks(&error) {
            anyhow::Error::msg(format!("{error} (--no-lock)"))
        } else {
            anyhow::Error::new(error)
        };
        let details = serde_json::Value::Null;
        Self {
            category,
            error,
            details,
        }
    }
}

/// Whether an option would do what the error proposes: to work without locks.
fn lacks_locks(error: &dyn Any) -> bool {
    let lock = if let Some(GenerateError::Work(WorkError::Lock(error))) = error.downcast_ref() {
        error
    } else if let Some(AveragesError::Work(WorkError::Lock(error))) = error.downcast_ref() {
        error
    } else if let Some(TrainingError::Lock(error)) = error.downcast_ref() {
        error
    } else if let Some(ExperimentError::Generate(GenerateError::Work(WorkError::Lock(error)))) =
        error.downcast_ref()
    {
        error
    } else if let Some(ExperimentError::Training(TrainingError::Lock(error))) = error.downcast_ref()
    {
        error
    } else {
        return false;
    };
    matches!(lock, LockError::Unsupported { .. })
}

impl Failure {
    /// The command line asks for something impossible.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self {
            category: Category::Usage,
            error: anyhow::Error::msg(message.into()),
            details: serde_json::Value::Null,
        }
    }

    /// Says what was being done when it failed.
    pub(super) fn context(mut self, doing: impl Into<String>) -> Self {
        self.error = self.error.context(doing.into());
        self
    }

    /// Adds what `--json` shall say beside the message.
    pub(super) fn with_details(mut self, details: serde_json::Value) -> Self {
        self.details = details;
        self
    }
}
