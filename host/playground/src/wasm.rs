//! How a page calls the playground: three functions over WebAssembly's memory.
//!
//! The page asks for room by `request(length)`, writes its question there (UTF-8), calls `answer()`, which gives
//! the length of the answer, and reads that from `answer_place()`. There is no pointer that Rust follows: the
//! page reads and writes memory that it was told of.

// Names for the page are all that this file needs `unsafe` for: nothing else in the module has them, so that
// they cannot take the place of another function.
#![allow(
    unsafe_code,
    reason = "functions that a page calls need their own names"
)]

use std::cell::RefCell;

use crate::Playground;

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

#[derive(Default)]
struct State {
    playground: Playground,
    request: Vec<u8>,
    answer: String,
}

/// Room for a question of so many bytes; gives where it is.
#[unsafe(no_mangle)]
extern "C" fn request(length: usize) -> *const u8 {
    STATE.with_borrow_mut(|state| {
        state.request.clear();
        state.request.resize(length, 0);
        state.request.as_ptr()
    })
}

/// Answers the question that stands there; gives the answer's length in bytes.
#[unsafe(no_mangle)]
extern "C" fn answer() -> usize {
    STATE.with_borrow_mut(|state| {
        let request = String::from_utf8_lossy(&state.request);
        state.answer = state.playground.answer(&request);
        state.answer.len()
    })
}

/// Where the last answer is.
#[unsafe(no_mangle)]
extern "C" fn answer_place() -> *const u8 {
    STATE.with_borrow(|state| state.answer.as_ptr())
}
