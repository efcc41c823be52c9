//! The example `digits` as a process: its answers over HTTP, what it refuses, and how it stops.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nnx::models::SimpleCnn;
use nnx::prelude::*;
use nnx_train::{Image, Normalize};

use crate::support::{Bench, program};

/// The example, running with a network of random weights.
struct Page {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    port: u16,
    bench: Bench,
}

fn model() -> SimpleCnn<U10> {
    SimpleCnn::init(&mut Rngs::new(7))
}

impl Page {
    fn open() -> Self {
        let bench = Bench::new("digits");
        nnx::io::save(&model(), bench.path("out").join("mnist.safetensors")).unwrap();
        let mut command = Command::new(program("digits"));
        command.current_dir(bench.path("out")).args(["--port", "0"]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = said.next().expect("a line").unwrap();
        let address = line.strip_prefix("listening on http://127.0.0.1:").expect(&line);
        let port = address.strip_suffix("; Ctrl-C stops").unwrap().parse().unwrap();
        Self { child, said, port, bench }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// The status and the body of an answer.
    fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let mut stream = self.connect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: {kind}\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // The program may answer and close the connection before it has read a body that is too long.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect(&answer);
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).expect(head);
        (status.parse().unwrap(), body.to_owned())
    }

    fn predict(&self, pixels: &[u8]) -> serde_json::Value {
        let body = serde_json::json!({ "pixels": pixels }).to_string();
        let (status, body) = self.ask("POST", "/predict", "application/json", body.as_bytes());
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Its output after Ctrl-C, and the time until it ends.
    fn stop(mut self) -> (Vec<String>, Duration) {
        let (asked, id) = (Instant::now(), self.child.id().to_string());
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let said: Vec<String> = (&mut self.said).map(|line| line.unwrap()).collect();
        assert!(self.child.wait().unwrap().success());
        (said, asked.elapsed())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A drawing that depends on the seed.
fn drawing(seed: usize) -> Vec<u8> {
    (0..784).map(|i| if (i * (seed + 3)) % 11 < 4 { (i % 256) as u8 } else { 0 }).collect()
}

fn numbers(answer: &serde_json::Value) -> Vec<f64> {
    let probabilities = answer["probabilities"].as_array().unwrap();
    probabilities.iter().map(|p| p.as_f64().unwrap()).collect()
}

#[test]
fn a_page_to_draw_on_is_served_that_loads_nothing_from_elsewhere() {
    let page = Page::open();
    let (status, html) = page.ask("GET", "/", "text/html", b"");
    assert_eq!(status, 200);
    assert!(html.contains("<canvas id=\"pad\"") && html.contains("fetch(\"/predict\""), "{html}");
    assert!(!html.contains("http:") && !html.contains("https:"), "{html}");
}

#[test]
fn the_probabilities_are_those_of_the_model() {
    let page = Page::open();
    for seed in 0..3 {
        let pixels = drawing(seed);
        let answer = page.predict(&pixels);
        let image = Normalize::MNIST.apply(&Image::<U28, U28>::new(pixels).unwrap());
        let images: Tensor![Batch, 28, 28, 1] = Tensor::batch([image]);
        let expected = model().infer(images).softmax().to_vec();
        let found = numbers(&answer);
        assert_eq!(found.len(), 10);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - f64::from(*expected)).abs() < 1e-6, "{found} {expected}");
        }
        let best = (0..10).max_by(|&a, &b| expected[a].total_cmp(&expected[b])).unwrap();
        assert_eq!(answer["digit"], best);
    }
}

#[test]
fn drawings_that_come_together_are_computed_together_and_not_mixed_up() {
    let page = Page::open();
    let alone: Vec<Vec<f64>> = (0..40).map(|seed| numbers(&page.predict(&drawing(seed)))).collect();
    let answers: Vec<serde_json::Value> = std::thread::scope(|scope| {
        let page = &page;
        let ask = |seed| scope.spawn(move || page.predict(&drawing(seed)));
        let threads: Vec<_> = (0..40).map(ask).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (answer, alone) in answers.iter().zip(&alone) {
        for (together, alone) in numbers(answer).iter().zip(alone) {
            assert!((together - alone).abs() < 1e-6, "{together} {alone}");
        }
    }
    let largest = answers.iter().map(|answer| answer["batch"].as_u64().unwrap()).max();
    assert!((2..=32).contains(&largest.unwrap()), "{largest:?}");
}

#[test]
fn wrong_requests_are_refused_with_a_reason_and_the_page_goes_on() {
    let page = Page::open();
    let json = "application/json";
    let pixels = |count: usize, last: &str| {
        format!("{{\"pixels\":[{}{last}]}}", "0,".repeat(count - 1)).into_bytes()
    };
    let mut unknown = pixels(784, "0");
    unknown.splice(1..1, *b"\"size\":28,");
    for (method, path, kind, body, status, reason) in [
        ("GET", "/nowhere", json, vec![], 404, "there are `/` and `/predict`"),
        ("GET", "/predict", json, vec![], 405, "`/predict` takes POST"),
        ("POST", "/", json, vec![], 405, "`/` takes GET"),
        ("POST", "/predict", "text/plain", pixels(784, "0"), 415, "application/json"),
        ("POST", "/predict", json, b"{\"pixels\":[1,".to_vec(), 400, "EOF"),
        ("POST", "/predict", json, b"\xff\xfe".to_vec(), 400, "JSON"),
        ("POST", "/predict", json, b"{}".to_vec(), 422, "missing field `pixels`"),
        ("POST", "/predict", json, unknown, 422, "unknown field `size`"),
        ("POST", "/predict", json, pixels(783, "0"), 422, "783 bytes"),
        ("POST", "/predict", json, pixels(785, "0"), 422, "785 bytes"),
        ("POST", "/predict", json, pixels(784, "256"), 422, "invalid value: integer `256`"),
        ("POST", "/predict", json, pixels(784, "-1"), 422, "invalid value: integer `-1`"),
        ("POST", "/predict", json, pixels(784, "0.5"), 422, "floating point `0.5`"),
        ("POST", "/predict", json, pixels(784, "null"), 422, "invalid type: null"),
        ("POST", "/predict", json, vec![b' '; 1 << 20], 413, "limit"),
    ] {
        let (found, answer) = page.ask(method, path, kind, &body);
        assert_eq!(found, status, "{reason}: {answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).expect(&answer);
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(reason), "{error}");
    }
    let mut stream = page.connect();
    stream.write_all(b"this is no HTTP\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    page.predict(&drawing(0));
}

#[test]
fn a_body_that_never_ends_is_refused_at_once_if_it_is_too_long_and_otherwise_after_a_while() {
    let page = Page::open();
    for (length, status, reason) in [
        ("1000000000000", "413", "the body is above the limit of 16 KiB"),
        ("100", "408", "the body didn't end within 5 seconds"),
    ] {
        let mut stream = page.connect();
        let head = format!(
            "POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{{"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.ends_with(&format!("{{\"error\":\"{reason}\"}}")), "{answer}");
    }
    page.predict(&drawing(0));
}

#[test]
fn ctrl_c_ends_the_program_also_with_a_request_that_never_ends() {
    let page = Page::open();
    page.predict(&drawing(0));
    let (said, time) = page.stop();
    assert_eq!(said, ["stopped"]);
    assert!(time < Duration::from_secs(20), "{time:?}");

    let page = Page::open();
    let mut stream = page.connect();
    stream.write_all(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n").unwrap();
    // The program reads the connections in order.
    page.predict(&drawing(0));
    let (said, _) = page.stop();
    assert_eq!(said, ["requests that didn't end are dropped", "stopped"]);
}

#[test]
fn a_missing_or_wrong_network_and_a_port_in_use_are_told() {
    let bench = Bench::new("digits");
    let error = bench.fails("").join("\n");
    assert!(error.starts_with("error: mnist.safetensors: "), "{error}");
    let advice = "\ntrain the network first: cargo run --release --example mnist";
    assert!(error.ends_with(advice), "{error}");

    let page = Page::open();
    let options = format!("--port {}", page.port);
    let error = page.bench.refuses(&options);
    assert!(error.starts_with(&format!("port {}: Address already in use", page.port)), "{error}");
    assert!(error.ends_with("; choose another one by --port"), "{error}");
}
