//! What browsers show, and the description of the API.

use serde_json::Value;

use crate::client::{get, request};
use crate::fixture::shared;

#[test]
fn pages_load_nothing_from_elsewhere() {
    for path in ["/", "/docs"] {
        let answer = get(shared(), path).with_status(200);
        assert_eq!(answer.header("Content-Type"), Some("text/html; charset=utf-8"));
        assert!(answer.header("Content-Security-Policy").unwrap().starts_with("default-src 'self'"));
        for outside in ["src=\"http", "href=\"http", "src=\"//", "url(", "@import"] {
            assert!(!answer.text().contains(outside), "{path}: {outside}");
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
        // An endpoint lists its methods to whoever asks with another one.
        let path = path.replace("{id}", "some");
        let refused = request(shared(), "PATCH", &path, "", b"");
        assert_eq!(refused.status, 405, "{path}");
        let allowed: Vec<&str> = refused.header("Allow").unwrap().split(", ").collect();
        assert_eq!(allowed, methods.iter().map(String::as_str).collect::<Vec<_>>(), "{path}");
    }
    let routes = include_str!("../../src/endpoints/mod.rs").matches("resource(\"").count();
    assert_eq!(paths.len(), routes, "a route is missing in openapi.json");
    for schema in description["components"]["schemas"].as_object().unwrap().values() {
        assert!(
            schema["properties"]
                .as_object()
                .unwrap()
                .values()
                .all(|field| field["description"] != Value::Null)
        );
    }
}
