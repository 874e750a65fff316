//! The list of commands, one line each.

/// An enum of commands that `clap` reads and that runs whichever was given.
///
/// A command is a file with arguments (`clap::Args`) and a method
/// `run(self, &Output) -> Result<(), Failure>`. It is added by its `mod` and one line in the list, both in `lib.rs`: the name of
/// its variant, which in lower case is the command's, and the type of its arguments.
macro_rules! commands {
    ($(#[$attribute:meta])* enum $name:ident { $($(#[$of:meta])* $command:ident = $arguments:ty,)+ }) => {
        $(#[$attribute])*
        #[derive(Debug, clap::Subcommand)]
        enum $name {
            // Boxed, so that the largest does not decide about the size of all.
            $($(#[$of])* $command(Box<$arguments>),)+
        }

        impl $name {
            /// Runs the command that was given.
            fn run(self, output: &crate::output::Output) -> Result<(), crate::failure::Failure> {
                match self {
                    $(Self::$command(arguments) => arguments.run(output),)+
                }
            }
        }
    };
}
