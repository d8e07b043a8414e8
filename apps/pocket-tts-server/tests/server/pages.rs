//! The pages for browsers, and the description of the API.

use std::{
    io::{Read, Write},
    process::Command,
};

use serde_json::json;

use crate::client::{connect, get, request};
use crate::fixture::{TestServer, shared};

#[test]
fn pages_load_nothing_from_elsewhere() {
    for path in ["/", "/docs"] {
        let answer = get(shared(), path).with_status(200);
        assert_eq!(answer.header("Content-Type"), Some("text/html; charset=utf-8"));
        let policy = answer.header("Content-Security-Policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        for inline in ["<style", "style=", "<script>", "onclick"] {
            assert!(!answer.text().contains(inline), "{path}: {inline}");
        }
        for outside in ["src=\"http", "href=\"http", "src=\"//", "url(", "@import"] {
            assert!(!answer.text().contains(outside), "{path}: {outside}");
        }
    }
}

#[test]
fn all_files_of_the_page_are_served_and_revalidated() {
    for (name, content) in pocket_tts_web::FILES.iter().copied() {
        let path = match name {
            "index.html" => "/".to_owned(),
            "docs.html" => "/docs".to_owned(),
            _ => format!("/web/{name}"),
        };
        let answer = get(shared(), &path).with_status(200);
        assert!(answer.body == content.as_bytes(), "{name}");
        let kind = match name.rsplit('.').next().unwrap() {
            "html" => "text/html; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("{name}: what is {other}?"),
        };
        assert_eq!(answer.header("Content-Type"), Some(kind), "{name}");
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{name}");
        let policy = answer.header("Content-Security-Policy").unwrap();
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
        let tag = answer.header("ETag").unwrap();
        let known = request(shared(), "GET", &path, &format!("If-None-Match: \"other\", {tag}\r\n"), b"");
        assert!(known.status == 304 && known.body.is_empty() && known.header("ETag") == Some(tag), "{name}");
        let other = request(shared(), "GET", &path, "If-None-Match: \"other\"\r\n", b"");
        assert_eq!(other.status, 200, "{name}");
    }
    let icon = get(shared(), "/favicon.ico").with_status(200);
    assert_eq!(icon.body, get(shared(), "/web/icon.svg").body);
    for path in ["/web/nothing.js", "/web/", "/web/%2e%2e%2fCargo.toml", "/web/index.html", "/web/docs.html"]
    {
        get(shared(), path).with_status(404);
    }
}

#[test]
fn the_page_can_learn_what_the_server_offers() {
    let answer = get(shared(), "/web/server.json").with_status(200);
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let about = answer.json();
    let formats: Vec<&str> =
        about["formats"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(formats.starts_with(&["wav", "pcm"]), "{about}");
    assert_eq!((&about["max_text_characters"], &about["keeps_voices"]), (&json!(10_000), &json!(false)));
    // The built-in model has one voice.
    assert_eq!(about["clones_voices"], json!({ "tiny": false }));
    assert_eq!(about["models"], json!({ "tiny": { "language": "en", "default_voice": "heart" } }));
}

#[test]
fn head_has_the_headers_of_get_without_the_body() {
    for path in ["/", "/docs", "/web/app.js", "/health", "/health/live", "/health/ready", "/v1/models"] {
        let whole = get(shared(), path).with_status(200);
        let mut stream = connect(shared());
        stream
            .write_all(format!("HEAD {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n"),
            "{path}: {answer}"
        );
        let length = format!("content-length: {}\r\n", whole.body.len());
        assert!(answer.contains(&length), "{path}: {answer}");
    }
}

#[test]
fn the_second_page_of_the_reference_redirects_to_the_first() {
    let answer = get(shared(), "/redoc").with_status(307);
    assert_eq!(answer.header("Location"), Some("docs"));
}

#[test]
fn the_version_is_the_same_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(get(shared(), "/openapi.json").json()["info"]["version"], version);
    assert_eq!(get(shared(), "/web/server.json").json()["version"], version);
    assert!(get(shared(), "/metrics").text().contains(&format!("version=\"{version}\"")));
    let command = Command::new(env!("CARGO_BIN_EXE_pocket-tts-server")).arg("--version").output().unwrap();
    assert_eq!(String::from_utf8(command.stdout).unwrap(), format!("pocket-tts-server {version}\n"));
}

#[test]
fn the_description_depends_on_the_settings() {
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "sesame").unwrap();
    let options = ["--api-key-file", keys.path().to_str().unwrap(), "--max-text-chars", "77"];
    let server = TestServer::start(&options);
    get(server.address, "/redoc").with_status(307);
    let description = get(server.address, "/openapi.json").with_status(200).json();
    let schemas = &description["components"]["schemas"];
    assert_eq!(schemas["SpeechRequest"]["properties"]["input"]["maxLength"], 77);
    assert_eq!(schemas["TtsRequest"]["properties"]["text"]["maxLength"], 77);
    assert_eq!(description["security"], json!([{ "bearer": [] }, { "key": [] }]));
    let open = get(shared(), "/openapi.json").json();
    assert_eq!(open["security"], json!([{}]));
    assert_eq!(open["components"]["schemas"]["SpeechRequest"]["properties"]["input"]["maxLength"], 10_000);
    // Pages and health checks never need a key, and errors have the shape of their path.
    assert_eq!(description["paths"]["/health"]["get"]["security"], json!([{}]));
    for (path, method, schema) in [
        ("/tts", "post", "FastApiError"),
        ("/v1/models", "get", "OpenAiError"),
        ("/web/{file}", "get", "FastApiError"),
    ] {
        for (status, response) in description["paths"][path][method]["responses"].as_object().unwrap() {
            let found = &response["content"]["application/json"]["schema"]["$ref"];
            let expected = format!("#/components/schemas/{schema}");
            assert!(status.as_str() < "400" || *found == expected, "{path} {status}: {response}");
        }
    }
}

#[test]
fn every_endpoint_is_described_and_every_description_has_an_endpoint() {
    let answer = get(shared(), "/openapi.json").with_status(200);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    let description = answer.json();
    let paths = description["paths"].as_object().unwrap();
    for (path, methods) in paths {
        let methods: Vec<String> =
            methods.as_object().unwrap().keys().map(|name| name.to_uppercase()).collect();
        // An endpoint lists its methods in the response to another one.
        let path = path.replace("{id}", "some").replace("{file}", "some");
        let refused = request(shared(), "PATCH", &path, "", b"");
        assert_eq!(refused.status, 405, "{path}");
        let allowed = refused.header("Allow").unwrap().split(", ");
        let allowed: Vec<&str> = allowed.filter(|method| *method != "HEAD").collect();
        assert_eq!(allowed, methods.iter().map(String::as_str).collect::<Vec<_>>(), "{path}");
    }
    let routes: String = include_str!("../../src/endpoints/routes.rs").split_whitespace().collect();
    let routes: Vec<&str> =
        routes.split("resource(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(routes.len() > 10, "{routes:?}");
    for route in routes {
        assert!(
            paths.contains_key(route),
            "{route} has no `#[utoipa::path]`, or isn't listed in open_api.rs"
        );
    }
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        for (field, about) in schema["properties"].as_object().into_iter().flatten() {
            assert!(about["description"].is_string(), "{name}.{field}: {about}");
        }
    }
}
