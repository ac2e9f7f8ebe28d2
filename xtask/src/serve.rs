//! A web server for one folder, for this machine only: it listens on the loopback address, answers `GET` and
//! `HEAD`, and gives out files below its folder and nothing else. The page is tested and shown through it as
//! any static host would serve it: no rewriting, no headers that the page would come to depend on.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Longest request head that is read.
const HEAD_LIMIT: u64 = 16 << 10;
/// A client that says nothing for so long is left.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is served, and where.
#[derive(Debug, Clone)]
pub struct Site {
    /// The folder.
    pub folder: PathBuf,
    /// The path that stands for the folder: begins and ends with `/`.
    pub base: String,
}

/// One request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    /// Bytes of body that the client announced.
    pub body: u64,
}

/// Whether clients reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    There,
    Gone,
}

/// A running server; it ends with the process.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    base: String,
    is_gone: Arc<AtomicBool>,
}

impl Server {
    /// Listens on `port` of 127.0.0.1, or on any free port for 0, and calls `seen` for each request.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(site: Site, port: u16, seen: impl Fn(&Request) + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let base = site.base.clone();
        let shared = Arc::new((site, seen));
        let is_gone = Arc::new(AtomicBool::new(false));
        let gone = Arc::clone(&is_gone);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if gone.load(Ordering::Relaxed) {
                    continue;
                }
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    // A browser that goes away in the middle is no matter of ours.
                    let _ = answer(&stream, &shared.0, &shared.1);
                });
            }
        });
        Ok(Self { address, base, is_gone })
    }

    /// `http://127.0.0.1:40123/`, with the path that the site was given.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.base)
    }

    /// From now on connections are closed unanswered, as where the network is gone; or answered again.
    pub fn be(&self, network: Network) {
        self.is_gone.store(network == Network::Gone, Ordering::Relaxed);
    }

    /// `127.0.0.1:40123`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn answer(stream: &TcpStream, site: &Site, seen: &(impl Fn(&Request) + ?Sized)) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let Some(request) = read_head(stream)? else {
        return respond(
            stream,
            "400 Bad Request",
            "text/plain",
            &mut "cannot read the request".as_bytes(),
            23,
            Body::Sent,
        );
    };
    seen(&request);
    let body = match request.method.as_str() {
        "GET" => Body::Sent,
        "HEAD" => Body::Withheld,
        _ => {
            return text(stream, "405 Method Not Allowed", "only GET and HEAD are answered here\n");
        }
    };
    let Some(path) = find(site, &request.target) else {
        return text(stream, "404 Not Found", "no such file\n");
    };
    let mut file = File::open(&path)?;
    let len = file.metadata()?.len();
    respond(stream, "200 OK", media_type(&path), &mut file, len, body)
}

/// Whether the answer's body goes out with its head.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Sent,
    Withheld,
}

fn text(stream: &TcpStream, status: &str, words: &str) -> io::Result<()> {
    respond(
        stream,
        status,
        "text/plain; charset=utf-8",
        &mut words.as_bytes(),
        words.len() as u64,
        Body::Sent,
    )
}

fn respond(
    mut stream: &TcpStream,
    status: &str,
    media_type: &str,
    content: &mut dyn Read,
    len: u64,
    body: Body,
) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )?;
    if body == Body::Sent {
        io::copy(content, &mut stream)?;
    }
    stream.flush()
}

/// The request line and the headers, of which only the body's length is of interest.
fn read_head(stream: &TcpStream) -> io::Result<Option<Request>> {
    let mut lines = BufReader::new(stream.take(HEAD_LIMIT)).lines();
    let Some(first) = lines.next().transpose()? else {
        return Ok(None);
    };
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut request = Request { method: method.to_owned(), target: target.to_owned(), body: 0 };
    for line in lines {
        let line = line?;
        if line.is_empty() {
            return Ok(Some(request));
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            request.body = value.trim().parse().unwrap_or(u64::MAX);
        }
    }
    Ok(None)
}

/// The file that a target names, if it lies below the folder.
fn find(site: &Site, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?;
    let path = decode(path.strip_prefix(&site.base)?)?;
    let names: Vec<&str> = path.split('/').collect();
    let (last, folders) = names.split_last()?;
    let hidden = |name: &&str| name.is_empty() || name.starts_with('.') || name.contains(['\\', ':', '\0']);
    if folders.iter().any(hidden) || (!last.is_empty() && hidden(last)) {
        return None;
    }
    let mut found = site.folder.join(&path);
    if last.is_empty() {
        found.push("index.html");
    }
    found.is_file().then_some(found)
}

/// Takes `%20` and its like apart.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Browsers refuse to stream-compile wasm, and to run module workers, under any other type.
fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|end| end.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &Server, head: &str) -> String {
        let mut stream = TcpStream::connect(server.address()).expect("the server listens");
        stream.write_all(head.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers in text");
        answer
    }

    fn site() -> (tempfile::TempDir, Server) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("site")).expect("made");
        std::fs::write(folder.path().join("secret.txt"), "secret").expect("written");
        for (name, text) in [("index.html", "<p>page"), ("a b.wasm", "wasm"), (".hidden", "h")] {
            std::fs::write(folder.path().join("site").join(name), text).expect("written");
        }
        let site = Site { folder: folder.path().join("site"), base: "/deep/er/".into() };
        let server = Server::start(site, 0, |_| ()).expect("a free port");
        (folder, server)
    }

    #[test]
    fn files_are_served_below_the_base_with_their_types() {
        let (_folder, server) = site();
        let page = ask(&server, "GET /deep/er/?query HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(
            page.starts_with(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 7\r\n"
            ),
            "{page}"
        );
        assert!(page.ends_with("<p>page"), "{page}");
        let wasm = ask(&server, "HEAD /deep/er/a%20b.wasm HTTP/1.1\r\n\r\n");
        assert!(wasm.contains("application/wasm") && wasm.ends_with("\r\n\r\n"), "{wasm}");
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let (_folder, server) = site();
        for target in [
            "/",
            "/index.html",
            "/deep/er",
            "/deep/er/../../secret.txt",
            "/deep/er/%2e%2e/secret.txt",
            "/deep/er//secret.txt",
            "/deep/er/..%2fsecret.txt",
            "/deep/er/.hidden",
            "/deep/er/a%00",
            "/deep/er/%zz",
            "/deep/er/none",
        ] {
            let answer = ask(&server, &format!("GET {target} HTTP/1.1\r\n\r\n"));
            assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
        }
        assert!(ask(&server, "POST /deep/er/ HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
        assert!(ask(&server, "\r\n\r\n").starts_with("HTTP/1.1 400"));
    }

    #[test]
    fn every_request_is_seen_with_the_length_of_its_body() {
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let (folder, log) = (tempfile::tempdir().expect("a temporary folder"), Arc::clone(&seen));
        let site = Site { folder: folder.path().into(), base: "/".into() };
        let server = Server::start(site, 0, move |request| {
            log.lock().expect("no one panicked").push(request.clone());
        })
        .expect("a free port");
        ask(&server, "POST /x?y HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello");
        let expected = Request { method: "POST".into(), target: "/x?y".into(), body: 5 };
        assert_eq!(*seen.lock().expect("no one panicked"), [expected]);
    }
}
