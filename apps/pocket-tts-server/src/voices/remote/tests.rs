//! Fetching from a simulated internet.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Names, their addresses, and the responses of their hosts.
#[derive(Debug)]
struct Simulated {
    names: Vec<(&'static str, Vec<&'static str>)>,
    answers: Vec<(&'static str, &'static str)>,
    asked: Arc<AtomicUsize>,
}

#[expect(clippy::panic_in_result_fn, reason = "a failed check is the report of the failure")]
impl Web for Simulated {
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = self.names.iter().find(|(name, _)| *name == host);
        let (_, addresses) = found.ok_or(io::ErrorKind::NotFound)?;
        Ok(addresses.iter().map(|address| address.parse().unwrap()).collect())
    }

    fn get(&self, url: &Url, addresses: &[IpAddr], _: Duration) -> Result<RemoteAnswer, RemoteError> {
        assert!(addresses.iter().all(|address| is_public(*address)), "{addresses:?}");
        self.asked.fetch_add(1, Ordering::Relaxed);
        let (_, answer) = self.answers.iter().find(|(known, _)| *known == url.as_str()).unwrap();
        Ok(match answer.strip_prefix("-> ") {
            Some(target) => RemoteAnswer::Redirect(target.to_owned()),
            None => RemoteAnswer::Body(answer.as_bytes().to_vec()),
        })
    }
}

fn simulated(answers: &[(&'static str, &'static str)]) -> (RemoteVoices, Arc<AtomicUsize>) {
    let asked = Arc::<AtomicUsize>::default();
    let names = vec![
        ("voices.example", vec!["93.184.215.14"]),
        ("rebound.example", vec!["127.0.0.1"]),
        ("mixed.example", vec!["93.184.215.14", "10.0.0.1"]),
        ("mapped.example", vec!["::ffff:169.254.169.254"]),
    ];
    let web = Simulated { names, answers: answers.to_vec(), asked: Arc::clone(&asked) };
    (RemoteVoices { web: Box::new(web), kept: Mutex::default() }, asked)
}

fn fetch(remote: &RemoteVoices, url: &str) -> Result<Vec<u8>, String> {
    let url = check(url).map_err(|error| error.to_string())?;
    remote.fetch(&url).map(|bytes| bytes.to_vec()).map_err(|error| error.to_string())
}

#[test]
fn a_recording_is_fetched_once_and_kept() {
    let (remote, asked) = simulated(&[
        ("https://voices.example/a.wav", "-> /b.wav"),
        ("https://voices.example/b.wav", "sound"),
    ]);
    assert_eq!(fetch(&remote, "https://voices.example/a.wav").unwrap(), b"sound");
    assert_eq!(fetch(&remote, "https://voices.example/a.wav").unwrap(), b"sound");
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[test]
fn names_of_local_addresses_are_rejected() {
    let (remote, asked) = simulated(&[]);
    for name in ["rebound", "mixed", "mapped"] {
        let problem = fetch(&remote, &format!("https://{name}.example/")).unwrap_err();
        assert_eq!(problem, "its host is not on the public internet", "{name}");
    }
    assert!(fetch(&remote, "https://unknown.example/").unwrap_err().contains("can't be found"));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn every_redirect_is_checked() {
    for target in [
        "http://voices.example/b.wav",
        "https://127.0.0.1/b.wav",
        "https://rebound.example/b.wav",
        "https://[::1]/",
        "https://voices.example:8443/",
        "file:///etc/passwd",
        "//169.254.169.254/latest/meta-data",
    ] {
        let answer: &'static str = Box::leak(format!("-> {target}").into_boxed_str());
        let (remote, asked) = simulated(&[("https://voices.example/a.wav", answer)]);
        fetch(&remote, "https://voices.example/a.wav").unwrap_err();
        assert_eq!(asked.load(Ordering::Relaxed), 1, "{target}");
    }
    let (remote, asked) = simulated(&[("https://voices.example/", "-> /")]);
    assert!(fetch(&remote, "https://voices.example/").unwrap_err().contains("more than 3 times"));
    assert_eq!(asked.load(Ordering::Relaxed), MAX_REDIRECTS + 1);
}

#[test]
fn urls_are_checked_without_resolving() {
    for url in [
        "http://voices.example/",
        "https://127.0.0.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/",
        "https://metadata.google.internal/",
        "https://localhost/",
        "https://a.LOCALHOST./",
        "https://user@voices.example/",
        "https://user:word@voices.example/",
        "https://voices.example:22/",
        "ftp://voices.example/",
        "file:///etc/passwd",
        "https://",
        "",
    ] {
        assert!(check(url).is_err(), "{url}");
    }
    check("https://voices.example:443/a.wav?b=c#d").unwrap();
}

#[test]
fn the_connection_goes_to_the_checked_addresses_only() {
    let pinned = Pinned((1..=20).map(|last| SocketAddr::from(([1, 1, 1, last], 443))).collect());
    let timeout = NextTimeout {
        after: ureq::unversioned::transport::time::Duration::NotHappening,
        reason: ureq::Timeout::Global,
        per_read: None,
        per_write: None,
    };
    let config = Agent::config_builder().build();
    let uri = Uri::from_static("https://rebound.example/");
    let resolved = pinned.resolve(&uri, &config, timeout).unwrap();
    assert!(!resolved.is_empty() && resolved.iter().all(|address| pinned.0.contains(address)));
}
