//! The Wyoming port is advertised over Zeroconf: here on the loopback interface, which every machine has. Python's
//! package, which Home Assistant uses, is tried in `clients`.

use mdns_sd::{IfKind, Receiver, ResolvedService, ServiceDaemon, ServiceEvent};
use pocket_tts_server::{Hooks, Server, ServerErrorKind};
use serde_json::Value;

use crate::client::PATIENCE;
use crate::fixture::{Gate, TestServer, settings, wait_until};
use crate::wyoming::Client;

const SERVICE_TYPE: &str = "_wyoming._tcp.local.";

/// Browses for servers as a client does.
struct Browser {
    daemon: ServiceDaemon,
    events: Receiver<ServiceEvent>,
    /// The full names seen so far.
    seen: Vec<String>,
}

impl Browser {
    fn start() -> Self {
        let daemon = ServiceDaemon::new().unwrap();
        daemon.disable_interface(IfKind::All).unwrap();
        daemon.enable_interface(IfKind::LoopbackV4).unwrap();
        let events = daemon.browse(SERVICE_TYPE).unwrap();
        Self { daemon, events, seen: Vec::new() }
    }

    /// Waits for the server of this name.
    #[track_caller]
    fn found(&mut self, name: &str) -> ResolvedService {
        let name = full(name);
        loop {
            match self.next(&name) {
                ServiceEvent::ServiceResolved(service) => {
                    self.seen.push(service.get_fullname().to_owned());
                    if *service.get_fullname() == name {
                        return *service;
                    }
                }
                ServiceEvent::ServiceFound(_, other) => self.seen.push(other),
                _ => {}
            }
        }
    }

    /// Waits until the server of this name is withdrawn.
    #[track_caller]
    fn gone(&mut self, name: &str) {
        let name = full(name);
        while !matches!(self.next(&name), ServiceEvent::ServiceRemoved(_, removed) if removed == name) {}
    }

    #[track_caller]
    fn next(&self, awaited: &str) -> ServiceEvent {
        let event = self.events.recv_timeout(PATIENCE);
        event.unwrap_or_else(|_| panic!("never: {awaited}; seen {:?}", self.seen))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.daemon.shutdown());
    }
}

fn full(name: &str) -> String {
    format!("{name}.{SERVICE_TYPE}")
}

/// A name that no other test on this machine has.
fn name(word: &str) -> String {
    format!("Küche ({word} {})", std::process::id())
}

fn start(name: &str, hooks: Hooks) -> Server {
    let options = settings(&["--wyoming", "127.0.0.1:0", "--wyoming-zeroconf", name]);
    Server::start_with_hooks(options, Hooks { advertises_loopback: true, ..hooks }).unwrap()
}

/// Sends a `describe` event to the advertised address.
#[track_caller]
fn assert_speaks(service: &ResolvedService, server: &Server) {
    let bound = server.wyoming_addresses()[0];
    let addresses: Vec<_> = service.get_addresses_v4().into_iter().collect();
    assert_eq!((addresses.as_slice(), service.get_port()), (&[bound.ip()].map(v4)[..], bound.port()));
    assert_eq!(service.get_property_val_str("program"), Some("pocket-tts"));
    assert_eq!(service.get_property_val_str("version"), Some(env!("CARGO_PKG_VERSION")));
    let mut client = Client::connect((addresses[0], service.get_port()).into());
    client.send("describe", &Value::Null);
    assert_eq!(client.expect("info")["tts"][0]["name"], "pocket-tts");
}

fn v4(address: std::net::IpAddr) -> std::net::Ipv4Addr {
    match address {
        std::net::IpAddr::V4(address) => address,
        std::net::IpAddr::V6(address) => panic!("{address}"),
    }
}

#[test]
fn a_server_is_advertised_while_it_is_ready() {
    let (first, loading) = (name("first"), name("loading"));
    let gate = Gate::default();
    let not_ready = start(&loading, gate.loading_hooks());
    let ready = start(&first, Hooks::default());
    let mut browser = Browser::start();
    assert_speaks(&browser.found(&first), &ready);
    assert!(!browser.seen.contains(&full(&loading)), "{:?}", browser.seen);
    gate.open();
    assert_speaks(&browser.found(&loading), &not_ready);
    ready.stop().unwrap();
    browser.gone(&first);
    not_ready.stop().unwrap();
    browser.gone(&loading);
}

#[test]
fn two_servers_with_the_same_name_get_different_ones() {
    let both = name("both");
    let first = start(&both, Hooks::default());
    let mut browser = Browser::start();
    assert_speaks(&browser.found(&both), &first);
    let second = start(&both, Hooks::default());
    let renamed = format!("{both} (2)");
    assert_speaks(&browser.found(&renamed), &second);
    second.stop().unwrap();
    browser.gone(&renamed);
    // Stopping the second server does not withdraw the first one's addresses.
    assert_speaks(&Browser::start().found(&both), &first);
    first.stop().unwrap();
    browser.gone(&both);
}

#[test]
fn a_metric_reports_whether_the_server_is_advertised() {
    let name = name("figure");
    let options = ["--wyoming", "127.0.0.1:0", "--wyoming-zeroconf", &name];
    let server = TestServer::start_with(&options, Hooks { advertises_loopback: true, ..Hooks::default() });
    wait_until("it is found", || server.figure("pocket_tts_wyoming_advertised") > 0.5);
    let silent = TestServer::start(&["--wyoming", "0"]);
    assert!(silent.figure("pocket_tts_wyoming_advertised") < 0.5);
}

#[test]
fn a_port_that_no_other_machine_reaches_is_not_advertised() {
    let options = settings(&["--wyoming", "127.0.0.1:0", "--wyoming-zeroconf"]);
    let error = Server::start(options).unwrap_err();
    assert_eq!(error.kind(), ServerErrorKind::Usage);
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
}
