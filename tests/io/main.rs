//! Files, lines and interfaces: data sets, models, `.npy`, the serial protocol, C; damaged and hostile ones too.

mod c_interface;
mod dataset;
mod frozen_models;
mod hostile_files;
mod instrument;
mod model_files;
mod python_reads;
