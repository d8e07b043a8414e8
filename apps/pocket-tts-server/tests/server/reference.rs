//! `POST /tts` and `GET /health`, as the clients of the Python package use them.

use std::io::{BufReader, Write};

use pocket_tts_core::{GenerateOptions, VoiceSource};
use serde_json::json;

use crate::client::{
    Answer, Part, connect, exchange, get, post_form, post_multipart, read, read_chunk, read_head, request,
};
use crate::fixture::{Gate, TestServer, assert_wav, recording, seed, shared, spoken, spoken_with};

#[track_caller]
fn detail(answer: &Answer, status: u16, message: &str) {
    assert_eq!((answer.status, answer.json()), (status, json!({ "detail": message })));
}

#[test]
fn health_has_the_words_of_the_reference() {
    let answer = get(shared(), "/health").with_status(200);
    assert_eq!(answer.text(), r#"{"status":"healthy"}"#);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
}

#[test]
fn a_multipart_form_becomes_the_very_bytes_of_the_reference() {
    let answer = post_multipart(shared(), "/tts", &[("text", None, b"Hello world.")]).with_status(200);
    assert_eq!(answer.header("Content-Type"), Some("audio/wav"));
    let disposition = "attachment; filename=generated_speech.wav";
    assert_eq!(answer.header("Content-Disposition"), Some(disposition));
    assert_eq!(answer.header("Transfer-Encoding"), Some("chunked"));
    assert_wav(&answer, &spoken("Hello world.", seed(&answer)));
}

#[test]
fn an_urlencoded_form_does_too() {
    let answer = post_form(shared(), "/tts", "text=Good+morning%2C+you.&voice_url=&voice_wav=");
    assert_wav(&answer, &spoken("Good morning, you.", seed(&answer)));
    let answer = post_form(shared(), "/tts", "text=first&text=Last+counts.&voice_url=heart&other=1");
    assert_wav(&answer, &spoken("Last counts.", seed(&answer)));
}

#[test]
fn a_recording_is_used_as_the_voice() {
    let recording = recording();
    let parts: [Part<'_>; 3] = [
        ("text", None, b"Hello world."),
        ("voice_url", None, b""),
        ("voice_wav", Some("../../etc/passwd.mp3"), &recording),
    ];
    let answer = post_multipart(shared(), "/tts", &parts);
    assert!(answer.header("X-Voice-Warning").unwrap().contains("this model has a single voice"));
    assert_eq!(post_form(shared(), "/tts", "text=Hello.").header("X-Voice-Warning"), None);
    let voice = VoiceSource::from_bytes("a recording", recording.clone());
    let options = GenerateOptions::default().seed(seed(&answer));
    assert_wav(&answer, &spoken_with("Hello world.", &voice, &options));
}

#[test]
fn further_fields_have_the_same_effect_as_at_the_other_endpoint() {
    let form = "text=Yes.&model=tiny&seed=18446744073709551615&temperature=0.5&speed=1&response_format=pcm";
    let answer = post_form(shared(), "/tts", form).with_status(200);
    assert_eq!(answer.header("Content-Type"), Some("audio/pcm"));
    assert_eq!(answer.header("Content-Disposition"), Some("attachment; filename=generated_speech.pcm"));
    let options = GenerateOptions::default().seed(u64::MAX).temperature(Some(0.5));
    assert!(answer.body == spoken_with("Yes.", &VoiceSource::Named("heart".to_owned()), &options));
    for (field, status) in [
        ("model=other", 404),
        ("seed=-1", 400),
        ("seed=1.5", 400),
        ("temperature=warm", 400),
        ("temperature=6", 400),
        ("speed=9", 400),
        ("response_format=midi", 400),
    ] {
        let answer = post_form(shared(), "/tts", &format!("text=Yes.&{field}")).with_status(status);
        let (_, value) = field.split_once('=').unwrap();
        assert!(answer.json()["detail"].as_str().unwrap().contains(value), "{field}: {}", answer.text());
    }
}

#[test]
fn a_file_field_that_a_browser_left_empty_counts_as_none() {
    let parts: [Part<'_>; 2] = [("text", None, b"Yes."), ("voice_wav", Some(""), b"")];
    let answer = post_multipart(shared(), "/tts", &parts);
    assert_wav(&answer, &spoken("Yes.", seed(&answer)));
}

#[test]
fn missing_and_wrong_fields_are_reported_as_by_fastapi() {
    let missing = |message: &str| json!({ "detail": [{ "type": "missing", "loc": ["body", "text"], "msg": message, "input": null }] });
    for answer in
        [post_form(shared(), "/tts", "text="), post_multipart(shared(), "/tts", &[("text", None, b"")])]
    {
        let expected = missing("Field required: it is empty");
        assert_eq!((answer.status, answer.json()), (422, expected));
    }
    let missing = missing("Field required");
    for answer in [
        post_form(shared(), "/tts", ""),
        post_form(shared(), "/tts", "voice_url=heart"),
        request(shared(), "POST", "/tts", "Content-Type: application/json\r\n", b"{\"text\":\"a\"}"),
        request(shared(), "POST", "/tts", "", b""),
    ] {
        assert_eq!((answer.status, answer.json()), (422, missing.clone()));
        assert_eq!(answer.body.len(), 89);
    }
    let answer = post_form(shared(), "/tts", "text=a&voice_wav=x").with_status(422);
    assert_eq!(answer.json()["detail"][0]["type"], "value_error");
    let answer = post_multipart(shared(), "/tts", &[("text", Some("a.txt"), b"a")]).with_status(422);
    assert_eq!(answer.json()["detail"][0]["type"], "string_type");
    for blank in ["text=+", "text=%0A%09+&voice_url=nonsense"] {
        detail(&post_form(shared(), "/tts", blank), 400, "Text cannot be empty");
    }
    let parts: [Part<'_>; 3] =
        [("text", None, b"a"), ("voice_url", None, b"heart"), ("voice_wav", Some("a.wav"), b"")];
    let both = post_multipart(shared(), "/tts", &parts);
    detail(&both, 400, "Cannot provide both voice_url and voice_wav");
    for url in ["nonsense", "/etc/passwd", "..%2Fheart", "file%3A%2F%2F%2Fetc%2Fpasswd", "C%3A%5Cvoice.wav"] {
        let answer = post_form(shared(), "/tts", &format!("text=a&voice_url={url}"));
        detail(&answer, 400, "voice_url must start with http://, https://, or hf://");
    }
}

#[test]
fn other_paths_and_methods_are_answered_as_by_fastapi() {
    detail(&get(shared(), "/nothing/here"), 404, "Not Found");
    let answer = get(shared(), "/tts");
    detail(&answer, 405, "Method Not Allowed");
    assert_eq!(answer.header("Allow"), Some("POST"));
    detail(&request(shared(), "POST", "/health", "", b""), 405, "Method Not Allowed");
}

#[test]
fn a_text_that_vanishes_or_a_voice_that_is_elsewhere_is_a_bad_request() {
    for body in ["text=%E2%80%9C%E2%80%9D", "text=a&voice_url=alba"] {
        let answer = post_form(shared(), "/tts", body).with_status(400);
        assert!(answer.json()["detail"].is_string(), "{body}");
    }
}

#[test]
fn damaged_recordings_are_rejected_without_side_effects() {
    let recording = recording();
    let lies = {
        let mut bytes = recording.clone();
        bytes[22..24].copy_from_slice(&u16::MAX.to_le_bytes());
        bytes
    };
    let files: [&[u8]; 6] =
        [b"", b"nothing of sound", b"RIFF\0\0\0\0WAVE", &recording[..44], &lies, &[0xff; 5_000]];
    for file in files {
        let parts: [Part<'_>; 2] = [("text", None, b"a"), ("voice_wav", Some("a.wav"), file)];
        let answer = post_multipart(shared(), "/tts", &parts).with_status(400);
        assert!(answer.json()["detail"].is_string());
    }
    let states: [&[u8]; 2] = [b"\x02\0\0\0\0\0\0\0{}", b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"];
    for file in states {
        let parts: [Part<'_>; 2] = [("text", None, b"a"), ("voice_wav", Some("a.safetensors"), file)];
        post_multipart(shared(), "/tts", &parts).with_status(400);
    }
}

#[test]
fn malformed_multipart_is_refused() {
    let kind = "Content-Type: multipart/form-data; boundary=B\r\n";
    for body in [
        &b"garbage"[..],
        b"--B",
        b"--B\r\n\r\n",
        b"--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nunfinished",
        b"--B\r\nContent-Disposition: attachment\r\n\r\na\r\n--B--\r\n",
        b"--B\r\nno colon\r\n\r\na\r\n--B--\r\n",
        b"--B\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n--C--\r\n--B--\r\n",
    ] {
        let answer = request(shared(), "POST", "/tts", kind, body);
        assert!([400, 422].contains(&answer.status), "{}: {}", answer.status, answer.text());
    }
    let answer = request(shared(), "POST", "/tts", "Content-Type: multipart/form-data\r\n", b"--B--\r\n");
    detail(&answer, 400, "Missing boundary in multipart.");
    let fields: Vec<String> = (0..100).map(|index| format!("f{index}=1")).collect();
    assert_eq!(post_form(shared(), "/tts", &fields.join("&")).status, 400);
}

#[test]
fn texts_and_recordings_have_a_largest_size() {
    let server = TestServer::start(&["--max-text-chars", "10", "--max-upload-bytes", "1000"]);
    let answer = post_form(server.address, "/tts", "text=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9+++abc");
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert_eq!(post_form(server.address, "/tts", "text=Ten+chars.").status, 200);
    let parts: [Part<'_>; 2] = [("text", None, b"a"), ("voice_wav", Some("a.wav"), &[0; 1_001])];
    assert_eq!(post_multipart(server.address, "/tts", &parts).status, 413);
    let huge = vec![b'a'; 300_000];
    assert_eq!(post_multipart(server.address, "/tts", &[("text", None, &huge)]).status, 413);
    assert_eq!(post_form(server.address, "/tts", &format!("text={}", "a".repeat(300_000))).status, 413);
}

#[test]
fn a_client_of_http_1_0_receives_everything() {
    let body = "text=Good+morning.";
    let head = format!(
        "POST /tts HTTP/1.0\r\nContent-Length: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n",
        body.len()
    );
    let answer = exchange(shared(), &head, body.as_bytes());
    assert_eq!(answer.header("Transfer-Encoding"), None);
    assert_wav(&answer, &spoken("Good morning.", seed(&answer)));
}

#[test]
fn one_connection_serves_several_requests() {
    let mut stream = connect(shared());
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for text in ["One.", "Two."] {
        let body = format!("text={text}");
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        let head = crate::client::head("POST", "/tts", kind, body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let answer = read(&mut reader);
        assert_wav(&answer, &spoken(text, seed(&answer)));
    }
}

#[test]
fn nothing_is_sent_before_the_configured_length_is_ready() {
    let gate = Gate::default();
    // Four frames of 80 ms, the last one only in part.
    let server = TestServer::start_with(&["--first-chunk-length", "0.26"], gate.hooks("wait", 4));
    let body = "text=I+wait+for+it.&seed=1";
    let mut stream = connect(server.address);
    let head = crate::client::head(
        "POST",
        "/tts",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        body.len(),
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut answer = Answer::default();
    read_head(&mut reader, &mut answer).unwrap();
    assert_eq!(answer.status, 200);
    assert!(read_chunk(&mut reader, &mut answer).unwrap());
    assert_eq!(answer.body.len(), 44 + 4 * 3_840, "the first chunk holds all that was waited for");
    gate.open();
    while read_chunk(&mut reader, &mut answer).unwrap() {}
    answer.is_whole = true;
    assert_wav(&answer, &spoken("I wait for it.", 1));

    // A shorter text is sent at its end.
    let patient = TestServer::start(&["--first-chunk-length", "60"]);
    for kind in ["wav", "mp3"] {
        let form = format!("text=Hello.&seed=1&response_format={kind}");
        assert!(post_form(patient.address, "/tts", &form).body == post_form(shared(), "/tts", &form).body);
    }
}
