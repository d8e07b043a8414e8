//! Serves speech over HTTP with actix-web, as 16-bit samples that are sent while they are made.
//!
//! ```sh
//! cargo run --release -p pocket-tts-core --features tiny --example http_server
//! curl --data "Hello from a small server." localhost:8080 | aplay -f S16_LE -r 24000
//! ```

use std::{error::Error, net::TcpListener};

use actix_web::{App, HttpResponse, HttpServer, dev::Server, error::ErrorBadRequest, rt::System, web};
use futures_lite::StreamExt;
use pocket_tts_core::{GenerateOptions, TtsModel, Voice, audio::pcm_s16le};

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:8080")?;
    System::new().block_on(async { Ok(serve(listener)?.await?) })
}

/// Loads the model once and shares it among all requests.
pub(crate) fn serve(listener: TcpListener) -> Result<Server, Box<dyn Error>> {
    let model = TtsModel::builder().embedded().build()?;
    let voice = model.voice(&model.default_voice())?;
    let state = web::Data::new((model, voice));
    let app = move || App::new().app_data(state.clone()).route("/", web::post().to(speak));
    Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run())
}

/// A client that leaves drops the body and with it the stream, which ends the work.
async fn speak(state: web::Data<(TtsModel, Voice)>, text: String) -> actix_web::Result<HttpResponse> {
    let (model, voice) = state.get_ref();
    let speech = model.stream(&text, voice, &GenerateOptions::default()).map_err(ErrorBadRequest)?;
    let body =
        speech.into_async().map(|chunk| chunk.map(|chunk| web::Bytes::from(pcm_s16le(&chunk.samples))));
    Ok(HttpResponse::Ok().content_type("audio/L16; rate=24000; channels=1").streaming(body))
}
