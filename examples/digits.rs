//! A page on this machine where one draws a digit and sees what the network thinks of it, live.
//!
//!     cargo run --release --example mnist      # trains the network: mnist.safetensors
//!     cargo run --release --example digits     # then open the address that it prints

mod support;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use nnx::io;
use nnx::models::SimpleCnn;
use nnx::prelude::{Batch, Init, Layer, Rngs, Tensor, U10, U28};
use nnx_train::{Image, Normalize};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// The most bytes of a request: 784 numbers take 3,936 at most, without spaces.
const LONGEST_BODY: usize = 16 << 10;
/// The most drawings of a batch, and the most that wait for one.
const LARGEST_BATCH: usize = 32;
const LONGEST_QUEUE: usize = 256;
/// The most time for the body of a request, and for open requests after Ctrl-C.
const PATIENCE: Duration = Duration::from_secs(5);
const GRACE: Duration = Duration::from_secs(1);

/// Serves a page on this machine where one draws a digit and sees the probabilities of the digits.
#[derive(Parser)]
struct Arguments {
    /// The port on 127.0.0.1; 0 is any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The network that the example `mnist` has trained
    #[arg(long, default_value = "mnist.safetensors")]
    model: PathBuf,
}

/// 28 rows of 28 pixels, from 0 (paper) to 255 (ink).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawing {
    pixels: Vec<u8>,
}

#[derive(Serialize)]
struct Answer {
    digit: usize,
    probabilities: [f32; 10],
    /// The number of drawings that were computed together.
    batch: usize,
}

/// A drawing that waits, and where its answer goes.
type Job = (Image<U28, U28>, oneshot::Sender<Answer>);
type Jobs = SyncSender<Job>;
type Refusal = (StatusCode, Json<serde_json::Value>);

fn refuse(status: StatusCode, error: impl ToString) -> Refusal {
    (status, Json(serde_json::json!({ "error": error.to_string() })))
}

/// Reads a body, which may be of any length and never end.
async fn read(request: Request) -> Result<Drawing, Refusal> {
    if request.body().size_hint().lower() > LONGEST_BODY as u64 {
        return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is above the limit of 16 KiB"));
    }
    let late = |_| refuse(StatusCode::REQUEST_TIMEOUT, "the body didn't end within 5 seconds");
    let read = timeout(PATIENCE, Json::from_request(request, &())).await.map_err(late)?;
    read.map(|Json(drawing)| drawing).map_err(|error| refuse(error.status(), error.body_text()))
}

async fn predict(jobs: State<Jobs>, request: Request) -> Result<Json<Answer>, Refusal> {
    let image = Image::new(read(request).await?.pixels);
    let image = image.map_err(|error| refuse(StatusCode::UNPROCESSABLE_ENTITY, error))?;
    let busy = || refuse(StatusCode::SERVICE_UNAVAILABLE, "the model is busy; try again");
    let (answer, answered) = oneshot::channel();
    jobs.try_send((image, answer)).map_err(|_| busy())?;
    answered.await.map(Json).map_err(|_| busy())
}

/// Computes waiting drawings in batches, until no more requests can come.
fn answer(model: &SimpleCnn<U10>, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let waiting = std::iter::once(first).chain(jobs.try_iter()).take(LARGEST_BATCH);
        let (images, answers): (Vec<_>, Vec<_>) =
            waiting.map(|(image, answer)| (Normalize::MNIST.apply(&image), answer)).unzip();
        let images: Tensor![Batch, 28, 28, 1] = Tensor::batch(images);
        let logits: Tensor![Batch, 10] = model.infer(images);
        let (digits, probabilities) = (logits.clone().argmax().to_vec(), logits.softmax().to_vec());
        let batch = answers.len();
        for (i, answer) in answers.into_iter().enumerate() {
            let probabilities = *probabilities[i * 10..].first_chunk().expect("ten digits");
            // The client may have gone.
            let _ = answer.send(Answer { digit: digits[i] as usize, probabilities, batch });
        }
    }
}

async fn serve(port: u16, model: SimpleCnn<U10>) -> Result<(), Box<dyn std::error::Error>> {
    let (sender, jobs) = sync_channel(LONGEST_QUEUE);
    std::thread::spawn(move || answer(&model, &jobs));
    let page = Router::new()
        .route("/", get(async || Html(include_str!("digits.html"))))
        .route("/predict", post(predict))
        .fallback(async || refuse(StatusCode::NOT_FOUND, "there are `/` and `/predict`"))
        .method_not_allowed_fallback(async || {
            refuse(StatusCode::METHOD_NOT_ALLOWED, "`/` takes GET; `/predict` takes POST")
        })
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(sender);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("port {port}: {error}; choose another one by --port"))?;
    println!("listening on http://{}; Ctrl-C stops", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, page).with_graceful_shutdown(async { drop(stopped.await) });
    let server = tokio::spawn(server.into_future());
    tokio::signal::ctrl_c().await?;
    drop(stop);
    match timeout(GRACE, server).await {
        Ok(ended) => ended??,
        Err(_) => println!("requests that didn't end are dropped"),
    }
    println!("stopped");
    Ok(())
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut model = SimpleCnn::init(&mut Rngs::new(0));
    io::load(&mut model, &arguments.model).map_err(|error| {
        format!("{error}\ntrain the network first: cargo run --release --example mnist")
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(arguments.port, model))
}

fn main() -> ExitCode {
    support::end(run(&Arguments::parse()))
}
