//! The `landauer` command: everything is in the library, this is the exit code.

fn main() -> std::process::ExitCode {
    landauer_cli::main()
}
