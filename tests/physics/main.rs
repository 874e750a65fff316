//! The solvers against conservation laws, closed forms, one another and Kwant; the firmware's numbers.

mod dissection;
mod firmware;
mod fixed_point;
mod front_door;
mod maps;
mod mean_maps;
mod multifrontal;
mod packed;
mod physics_invariants;
mod solvers_vs_kwant;
mod thermal;
