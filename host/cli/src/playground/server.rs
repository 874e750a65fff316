//! A server for one page: HTTP/1.1, GET and HEAD of `/`, one thread for each connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// How long Ctrl-C may have to wait.
const LOOK: Duration = Duration::from_millis(50);
/// A browser that says nothing for as long is let go; it may come again.
const PATIENCE: Duration = Duration::from_secs(10);
/// No request for this page is longer, in bytes.
const MAX_REQUEST: u64 = 64 << 10;
/// More connections at a time are closed at once.
const MAX_CONNECTIONS: usize = 64;

/// Serves the page until `stop` says so.
pub(super) fn serve(
    listener: &TcpListener,
    page: &[u8],
    stop: &dyn Fn() -> bool,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let connections = &AtomicUsize::new(0);
    thread::scope(|scope| {
        let mut open: Vec<TcpStream> = Vec::new();
        let result = loop {
            if stop() {
                break Ok(());
            }
            match listener.accept() {
                Ok((stream, _)) => {
                    if connections.fetch_add(1, Ordering::SeqCst) >= MAX_CONNECTIONS {
                        connections.fetch_sub(1, Ordering::SeqCst);
                        continue;
                    }
                    if let Ok(handle) = stream.try_clone() {
                        open.push(handle);
                    }
                    let answer = move || {
                        // A browser that goes away is its own business.
                        let _ = answer(&stream, page);
                        let _ = stream.shutdown(std::net::Shutdown::Both);
                        connections.fetch_sub(1, Ordering::SeqCst);
                    };
                    let started = thread::Builder::new().spawn_scoped(scope, answer);
                    if started.is_err() {
                        connections.fetch_sub(1, Ordering::SeqCst);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if connections.load(Ordering::SeqCst) == 0 {
                        open.clear();
                    }
                    thread::sleep(LOOK);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Such as a connection that was given up before it was taken.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => break Err(error),
            }
        };
        // Those that wait for a request wait no longer.
        for stream in &open {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
        result
    })
}

/// Answers the one request of a connection.
fn answer(mut stream: &TcpStream, page: &[u8]) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.take(MAX_REQUEST)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the request, so that it is not left unread when the connection ends.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let (head, body) = response(&request, page);
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    stream.flush()
}

/// The head and the body that answer a request line.
fn response<'p>(request: &str, page: &'p [u8]) -> (String, &'p [u8]) {
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next());
    let path = target.unwrap_or_default().split(['?', '#']).next();
    let (status, body): (_, &[u8]) = match (method, path) {
        ("GET" | "HEAD", Some("/" | "/index.html")) => ("200 OK", page),
        ("GET" | "HEAD", _) => ("404 Not Found", b""),
        _ => ("405 Method Not Allowed", b""),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    );
    (head, if method == "HEAD" { b"" } else { body })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn only_the_page_is_served() {
        for (request, status, served) in [
            ("GET / HTTP/1.1", "200 OK", true),
            ("GET /?a=b HTTP/1.1", "200 OK", true),
            ("GET /index.html HTTP/1.1", "200 OK", true),
            ("HEAD / HTTP/1.1", "200 OK", false),
            ("GET /favicon.ico HTTP/1.1", "404", false),
            ("GET /../Cargo.toml HTTP/1.1", "404", false),
            ("POST / HTTP/1.1", "405", false),
            ("", "405", false),
            ("GET", "404", false),
        ] {
            let (head, body) = response(request, b"page");
            assert!(
                head.starts_with(&format!("HTTP/1.1 {status}")),
                "{request}: {head}"
            );
            assert_eq!(body == b"page", served, "{request}");
            assert!(head.ends_with("\r\n\r\n"));
        }
    }

    #[test]
    fn browsers_that_say_nothing_do_not_keep_others_waiting() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let stop = &stop;
            scope.spawn(move || {
                serve(&listener, b"the page", &|| stop.load(Ordering::SeqCst)).unwrap();
            });
            let silent: Vec<_> = (0..5)
                .map(|_| TcpStream::connect(address).unwrap())
                .collect();
            for _ in 0..3 {
                let mut stream = TcpStream::connect(address).unwrap();
                stream
                    .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    .unwrap();
                let mut found = String::new();
                stream.read_to_string(&mut found).unwrap();
                assert!(
                    found.contains("Content-Length: 8\r\n") && found.ends_with("\r\n\r\nthe page")
                );
            }
            let mut endless = TcpStream::connect(address).unwrap();
            // Taken off after so many bytes, whatever comes.
            let _ = endless.write_all(&vec![b'a'; 100_000]);
            stop.store(true, Ordering::SeqCst);
            drop(silent);
        });
    }
}
