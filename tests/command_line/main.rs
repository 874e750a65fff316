//! The commands of `landauer` from outside: arguments, files, kills, exit codes.

mod dataset_input;
mod device;
mod ensemble;
mod inspect_plan;
mod instrument_qemu;
mod kill;
mod map;
mod playground;
mod plots;
mod reproduce;
mod sbatch;
mod solve;
mod solve_bad_input;
mod solve_thermal;
