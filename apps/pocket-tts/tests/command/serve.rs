//! `pocket-tts serve`: only the start of the server is tested here.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::support::Sandbox;
use pocket_tts_test_support::ChildGuard;

#[test]
fn it_serves_without_options_and_stops_on_a_signal() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.signalled_command(&["serve", "--host", "127.0.0.1", "--port", "0"]);
    let mut server = ChildGuard::spawn(command.stderr(Stdio::piped()));
    let mut log = BufReader::new(server.stderr.take().unwrap()).lines().map(Result::unwrap);
    let line = log.find(|line| line.contains("listening on http://")).unwrap();
    let address = line.rsplit("http://").next().unwrap().trim().to_owned();
    log.find(|line| line.contains("ready")).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let body = "text=Hello.";
    write!(
        stream,
        "POST /tts HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.0 200 OK") && answer.len() > 20_000, "{} bytes", answer.len());
    let sent = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
    assert!(sent.unwrap().success());
    // A full pipe would block the server's log.
    assert!(log.any(|line| line.contains("draining")));
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

#[test]
fn wrong_options_and_settings_have_the_exit_codes_of_the_other_commands() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["serve", "--max-streams", "0"])
        .failed(2, &["invalid value `0` for --max-streams", "from 1 to"]);
    sandbox.run(&["serve", "--settings", "none.yaml"]).failed(4, &["none.yaml"]);
    let port = ["serve", "--host", "127.0.0.1", "--port", "0"];
    for (option, value) in
        [("--config", "none.yaml"), ("--model", "a=none.yaml"), ("--default-voice", "none.wav")]
    {
        sandbox
            .run(&[&port[..], &[option, value]].concat())
            .failed(4, &[option, "none", "there is no such file"]);
    }
    sandbox.run(&["serve", "--host", "nosuchhost.invalid"]).failed(
        4,
        &[
            "error: cannot find the address of the host `nosuchhost.invalid`",
            "; check the spelling of the name",
        ],
    );
    let variables = [("POCKET_TTS_SERVER_PROT", "1")];
    sandbox.run_with(&variables, &["serve"]).failed(2, &["POCKET_TTS_SERVER_PROT", "POCKET_TTS_SERVER_PORT"]);
    // Variables of the server are no error elsewhere.
    sandbox.run_with(&[("POCKET_TTS_SERVER_PORT", "1")], &["voices"]).succeeded();
}
