//! The identity of clients: behind proxies, in rates and in the log.

use crate::client::{Answer, get, request};
use crate::fixture::TestServer;

fn models(server: &TestServer, headers: &str) -> Answer {
    request(server.address, "GET", "/v1/models", headers, b"")
}

#[test]
fn clients_behind_a_trusted_proxy_have_rates_of_their_own() {
    let server = TestServer::start(&["--rate-limit", "1", "--trusted-proxy", "127.0.0.0/8"]);
    let ask = |addresses: &str| models(&server, &format!("X-Forwarded-For: {addresses}\r\n")).status;
    assert_eq!((ask("192.0.2.1"), ask("192.0.2.1")), (200, 429));
    assert_eq!(ask("192.0.2.2"), 200);
    // Entries before the proxy's can be forged by the client.
    assert_eq!(ask("192.0.2.3, 192.0.2.1"), 429);
    assert_eq!(models(&server, "Forwarded: for=192.0.2.4\r\n").status, 200);
    assert_eq!(models(&server, "Forwarded: for=\"192.0.2.4:80\"\r\n").status, 429);
}

#[test]
fn only_trusted_proxies_can_report_an_address() {
    let server = TestServer::start(&["--rate-limit", "1", "--trusted-proxy", "192.0.2.0/24"]);
    assert_eq!(models(&server, "X-Forwarded-For: 198.51.100.1\r\n").status, 200);
    assert_eq!(models(&server, "X-Forwarded-For: 198.51.100.2\r\n").status, 429);
}

#[test]
fn the_rest_of_a_rate_is_reported() {
    let server = TestServer::start(&["--rate-limit", "2"]);
    let told = |answer: &Answer| {
        ["limit", "remaining", "reset"].map(|part| {
            answer.header(&format!("x-ratelimit-{part}-requests")).map(str::to_owned).unwrap_or_default()
        })
    };
    let first = told(&models(&server, ""));
    assert_eq!((first[0].as_str(), first[1].as_str()), ("2", "1"));
    assert!(first[2].ends_with('s'), "{}", first[2]);
    let (second, refused) = (models(&server, ""), models(&server, ""));
    assert_eq!((second.status, refused.status), (200, 429));
    assert_eq!((told(&second)[1].as_str(), told(&refused)[1].as_str()), ("0", "0"));
    assert!(get(server.address, "/health").header("x-ratelimit-limit-requests").is_none());

    let server = TestServer::start(&[]);
    assert!(models(&server, "").header("x-ratelimit-limit-requests").is_none());
}

#[cfg(unix)]
#[test]
fn the_log_names_clients_by_the_labels_of_their_keys() {
    let variables = [("POCKET_TTS_SERVER_API_KEYS", "laptop:sesame,mellon")];
    let mut server = crate::program::Process::start(&["--trusted-proxy", "127.0.0.1"], &variables);
    let address = server.address();
    for (key, label) in [("sesame", "laptop"), ("mellon", "key-2")] {
        let headers = format!("X-Api-Key: {key}\r\nX-Request-Id: of-{label}\r\n");
        assert_eq!(request(address, "GET", "/v1/models", &headers, b"").status, 200);
        let line = server.wait_for(&format!("of-{label}"));
        assert!(line.contains(&format!(r#""client":"{label}""#)), "{line}");
    }
    let log = server.seen.concat();
    assert!(!log.contains("sesame") && !log.contains("mellon"), "{log}");

    let mut server = crate::program::Process::start(&["--trusted-proxy", "127.0.0.1"], &[]);
    let headers = "X-Forwarded-For: 192.0.2.7\r\nX-Request-Id: of-an-address\r\n";
    request(server.address(), "GET", "/v1/models", headers, b"");
    let line = server.wait_for("of-an-address");
    assert!(line.contains(r#""client":"192.0.2.7""#), "{line}");
}
