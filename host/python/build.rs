//! Lets the extension be linked where the interpreter's symbols come later (macOS).

fn main() {
    pyo3_build_config::add_extension_module_link_args();
}
