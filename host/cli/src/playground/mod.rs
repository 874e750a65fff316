//! `landauer playground`: the playground's page, served on this machine.

mod browser;
mod server;

use std::borrow::Cow;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::interrupt::Interrupt;
use super::output::Output;
use landauer::failure::{Categorised, Category};

/// The page that was there when this program was built.
#[cfg(playground_page)]
const PAGE: Option<&[u8]> = Some(include_bytes!(env!("LANDAUER_PLAYGROUND_PAGE")));
#[cfg(not(playground_page))]
const PAGE: Option<&[u8]> = None;

/// Open the playground in a browser: paint a wire, see its conductance exact and predicted
///
/// Serves one page on this machine only, until Ctrl-C. The page asks no other host for anything, and works from a file
/// as well: --output writes it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer playground
  landauer playground --port 8000 --no-open
  landauer playground --output playground.html

The page is inside this program if it was built before the program was:
  bash host/playground/build && cargo install --path host/cli")]
pub(super) struct PlaygroundArguments {
    /// The port on 127.0.0.1; 0 for any that is free
    #[arg(long, default_value_t = 8377)]
    port: u16,
    /// Print the address and open no browser
    #[arg(long)]
    no_open: bool,
    /// Serve this page instead of the one inside the program
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Write the page to a file and serve nothing
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["port", "no_open"])]
    output: Option<PathBuf>,
}

/// Why there is no playground.
#[derive(Debug, thiserror::Error)]
enum PlaygroundError {
    #[error(
        "this program was built without the playground's page: in a clone of the repository, run `bash \
         host/playground/build` and build the program again, or give the page by --page"
    )]
    NoPage,
    #[error("{}: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("port {port} cannot be served: {source}; --port 0 takes any that is free")]
    Port { port: u16, source: std::io::Error },
    #[error("the server ended: {0}")]
    Server(std::io::Error),
}

impl Categorised for PlaygroundError {
    fn category(&self) -> Category {
        match self {
            Self::NoPage => Category::Usage,
            Self::Read { .. } | Self::Port { .. } | Self::Server(_) => Category::System,
        }
    }
}

impl PlaygroundArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let page = self.page()?;
        if let Some(path) = &self.output {
            landauer::internal::files::replace(path, &page)?;
            output.text(format!("wrote {}", path.display()));
            output.json(&json!({ "output": path }));
            return Ok(());
        }
        let port = self.port;
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .map_err(|source| PlaygroundError::Port { port, source })?;
        let address = listener.local_addr().map_err(PlaygroundError::Server)?;
        let url = format!("http://{address}/");
        let interrupt = Interrupt::listen();
        output.text(format!("The playground is at {url} until Ctrl-C."));
        output.json(&json!({ "url": url }));
        if !self.no_open {
            browser::open(&url);
        }
        server::serve(&listener, &page, &|| interrupt.requested())
            .map_err(PlaygroundError::Server)?;
        Ok(())
    }

    /// The page that is served.
    fn page(&self) -> Result<Cow<'static, [u8]>, PlaygroundError> {
        match &self.page {
            Some(path) => fs::read(path)
                .map(Cow::Owned)
                .map_err(|source| PlaygroundError::Read {
                    path: path.clone(),
                    source,
                }),
            None => PAGE.map(Cow::Borrowed).ok_or(PlaygroundError::NoPage),
        }
    }
}
