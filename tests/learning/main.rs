//! Training, export, integer inference and what is said of a network.

mod batched_inference;
mod certainty;
mod checklist;
mod evaluation;
mod export;
mod hybrid;
mod own_disorder;
mod quantised_reference;
mod training;
mod training_kill;
