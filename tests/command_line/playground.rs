//! `landauer playground` serves the page that it is given, on this machine, until it is told to stop.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use landauer_tests::command::{landauer, run};

/// The answer to a request line.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the server is there");
    write!(stream, "{request}\r\nHost: localhost\r\n\r\n").expect("it takes a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[cfg(unix)]
#[test]
fn a_page_is_served_until_ctrl_c() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("page.html");
    fs::write(&page, "<p>a page</p>").expect("a file");
    let mut command = landauer(["playground", "--no-open", "--port", "0", "--json", "--page"]);
    command.arg(&page).stdout(Stdio::piped());
    let mut server = command.spawn().expect("landauer can be started");
    let mut lines = BufReader::new(server.stdout.take().expect("it is piped")).lines();
    let url = lines
        .by_ref()
        .map(|line| line.expect("text"))
        .find_map(|line| {
            line.split('"')
                .find(|word| word.starts_with("http:"))
                .map(str::to_owned)
        });
    let url = url.expect("the address is printed");
    let address = url
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_suffix('/'));
    let address = address.expect("an address");
    assert!(address.starts_with("127.0.0.1:"), "{url}");
    let answer = ask(address, "GET / HTTP/1.1");
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\n<p>a page</p>"),
        "{answer}"
    );
    assert!(ask(address, "GET /page.html HTTP/1.1").starts_with("HTTP/1.1 404"));
    assert!(ask(address, "DELETE / HTTP/1.1").starts_with("HTTP/1.1 405"));
    // A port that is taken is said to be.
    let port = address.rsplit(':').next().expect("a port");
    let taken = ["playground", "--no-open", "--port", port, "--page"].map(str::to_owned);
    let page = page.display().to_string();
    run(taken.into_iter().chain([page])).failed(4, &[port, "--port 0"]);
    landauer_tests::command::signal(&server, "-INT");
    let status = server.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_page_is_written_or_what_is_missing_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (page, copy) = (path("page.html"), path("copy.html"));
    fs::write(&page, "<p>a page</p>").expect("a file");
    let _ = run(["playground", "--page", &page, "--output", &copy]).succeeded();
    assert_eq!(
        fs::read(&page).expect("a file"),
        fs::read(&copy).expect("a file")
    );
    run([
        "playground",
        "--page",
        &path("none.html"),
        "--output",
        &copy,
    ])
    .failed(4, &["none.html"]);
    run([
        "playground",
        "--page",
        &page,
        "--output",
        &copy,
        "--port",
        "1",
    ])
    .failed(2, &["--port"]);
    // The page inside the program, if it was built with one.
    let inside = run(["playground", "--output", &copy]);
    if inside.code == Some(0) {
        let written = fs::read_to_string(&copy).expect("a file");
        assert!(written.starts_with("<!doctype html>") && written.contains("Landauer playground"));
    } else {
        inside.failed(2, &["host/playground/build", "--page"]);
    }
}
