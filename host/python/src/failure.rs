//! Errors and panics on their way to Python.

use std::any::Any;
use std::error::Error;
use std::fmt::Write;

use landauer::failure::{Categorised, Category};
use pyo3::prelude::*;

/// Why something failed, as Python is told.
#[derive(Debug)]
pub(crate) struct Failure {
    category: Category,
    message: String,
}

impl<E: Categorised> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error.category(), told(&error))
    }
}

impl Failure {
    pub(crate) fn new(category: Category, message: impl Into<String>) -> Self {
        Self {
            category,
            message: message.into(),
        }
    }

    /// The caller asks for something impossible.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Category::Usage, message)
    }

    /// Work ended because it was asked to.
    pub(crate) fn stopped() -> Self {
        Self::new(Category::Interrupted, "stopped")
    }

    /// An error that has no category, as one of this one.
    pub(crate) fn of(category: Category, error: &dyn Error) -> Self {
        Self::new(category, told(error))
    }

    /// The same, with what it is about before its message.
    pub(crate) fn of_part(mut self, part: &str) -> Self {
        self.message = format!("{part}: {}", self.message);
        self
    }

    /// What a panic leaves.
    pub(crate) fn panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let text = text.unwrap_or("no message");
        Self::new(
            Category::Internal,
            format!("a defect of landauer: {text}; please report it, with what you called"),
        )
    }
}

/// The error and what is behind it.
fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}

/// The exception of its category; `landauer._errors` has them.
impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        Python::attach(|py| {
            let made = py.import("landauer._errors").and_then(|errors| {
                let name = failure.category.name();
                errors.call_method1("of_category", (name, failure.message))
            });
            made.map_or_else(|error| error, Self::from_value)
        })
    }
}
