//! Order, limits, and readers that stall, are slow, or leave.

use std::thread;

use super::*;

const LONG: Duration = Duration::from_mins(1);
const PATIENT: Pace = Pace { stall_limit: Some(LONG), window: LONG, min_bytes_per_s: 0 };

fn take<T: Piece>(reader: &mut Reader<T>) -> Poll<Option<Result<T, ApiError>>> {
    reader.poll(&mut Context::from_waker(Waker::noop()))
}

fn take_bytes(reader: &mut Reader<Bytes>) -> Vec<u8> {
    match take(reader) {
        Poll::Ready(Some(Ok(piece))) => piece.to_vec(),
        other => panic!("{other:?}"),
    }
}

fn spooled(pace: Pace, disk_bytes: u64) -> (Sender<Bytes>, Reader<Bytes>, Arc<SpoolSpace>) {
    let space = SpoolSpace::new(disk_bytes);
    let (sender, reader) = channel(2, pace, Arc::clone(&space));
    (sender, reader, space)
}

#[test]
fn pieces_arrive_in_order_before_the_end() {
    let (mut sender, mut reader, _) = spooled(PATIENT, 0);
    assert!(take(&mut reader).is_pending());
    sender.send(Bytes::from_static(b"a")).unwrap();
    sender.send(Bytes::from_static(b"b")).unwrap();
    sender.finish();
    assert_eq!([take_bytes(&mut reader), take_bytes(&mut reader)], [b"a", b"b"]);
    assert!(matches!(take(&mut reader), Poll::Ready(None)));
}

#[test]
fn the_share_that_the_reader_took_is_known_after_it_left() {
    let (mut sender, mut reader, _) = spooled(PATIENT, 1_000);
    assert!(sender.taken_share().abs() < f64::EPSILON);
    for _ in 0..4 {
        sender.send(Bytes::from_static(b"ab")).unwrap();
    }
    take_bytes(&mut reader);
    drop(reader);
    assert!((sender.taken_share() - 0.25).abs() < f64::EPSILON);
}

#[test]
fn a_sender_that_panics_ends_the_stream_with_an_error() {
    let (mut sender, mut reader, _) = spooled(PATIENT, 0);
    let thread = thread::spawn(move || {
        sender.send(Bytes::from_static(b"a")).unwrap();
        panic!("as a bug would");
    });
    assert!(thread.join().is_err());
    assert_eq!(take_bytes(&mut reader), b"a");
    assert!(matches!(take(&mut reader), Poll::Ready(Some(Err(error))) if error.status() == 500));
}

#[test]
fn pieces_beyond_the_memory_limit_go_to_disk_without_blocking() {
    let (mut sender, mut reader, space) = spooled(PATIENT, 1_000);
    let pieces: Vec<Bytes> =
        (0..100_u8).map(|index| Bytes::from(vec![index; 1 + index as usize % 3])).collect();
    for piece in &pieces {
        sender.send(piece.clone()).unwrap();
    }
    assert!(space.used_bytes() > 0);
    let sending = thread::spawn(move || {
        sender.deliver(Instant::now() + LONG).unwrap();
        sender.finish();
    });
    for piece in &pieces {
        let taken = loop {
            match take(&mut reader) {
                Poll::Ready(Some(Ok(taken))) => break taken,
                Poll::Pending => thread::yield_now(),
                Poll::Ready(other) => panic!("{other:?}"),
            }
        };
        assert_eq!(taken, piece);
    }
    sending.join().unwrap();
    assert!(matches!(take(&mut reader), Poll::Ready(None)));
    assert_eq!(space.used_bytes(), 0);
}

#[test]
fn a_sender_waits_where_neither_memory_nor_disk_has_room() {
    let (mut sender, mut reader, space) = spooled(PATIENT, 3);
    let sending = thread::spawn(move || {
        for index in 0..50_u8 {
            sender.send(Bytes::from(vec![index; 2])).unwrap();
        }
        sender.deliver(Instant::now() + LONG).unwrap();
        sender.finish();
    });
    let mut taken = Vec::new();
    loop {
        assert!(space.used_bytes() <= 3);
        match take(&mut reader) {
            Poll::Ready(Some(Ok(piece))) => taken.push(piece[0]),
            Poll::Pending => thread::yield_now(),
            Poll::Ready(None) => break,
            Poll::Ready(Some(Err(error))) => panic!("{error}"),
        }
    }
    sending.join().unwrap();
    assert_eq!(taken, (0..50).collect::<Vec<u8>>());
}

#[test]
fn a_stalled_reader_is_reported_and_a_dropped_one_unblocks_the_sender() {
    let pace = Pace { stall_limit: Some(Duration::from_millis(20)), ..PATIENT };
    let (mut sender, reader, _) = spooled(pace, 0);
    sender.send(Bytes::from_static(b"ab")).unwrap();
    assert_eq!(sender.send(Bytes::from_static(b"c")), Err(SendError::Stalled));
    // The same with room on disk.
    let (mut spooling, _reader, _) = spooled(pace, 1_000);
    let outcome = (0..1_000).find_map(|_| {
        thread::sleep(Duration::from_millis(1));
        spooling.send(Bytes::from_static(b"ab")).err()
    });
    assert_eq!(outcome, Some(SendError::Stalled));
    let (mut sender, held, _) = spooled(PATIENT, 0);
    sender.send(Bytes::from_static(b"ab")).unwrap();
    let waiting = thread::spawn(move || sender.send(Bytes::from_static(b"c")));
    drop(held);
    assert_eq!(waiting.join().unwrap(), Err(SendError::Gone));
    drop(reader);
}

#[test]
fn a_reader_below_the_minimum_rate_is_reported_unless_nothing_waits() {
    let pace = Pace { stall_limit: None, window: Duration::from_millis(50), min_bytes_per_s: 1_000 };
    let (mut sender, mut reader, _) = spooled(pace, 1_000);
    // Everything is taken, so the reader is not slow.
    for _ in 0..3 {
        sender.send(Bytes::from_static(b"ab")).unwrap();
        assert_eq!(take_bytes(&mut reader), b"ab");
        thread::sleep(Duration::from_millis(60));
    }
    for _ in 0..10 {
        sender.send(Bytes::from_static(b"ab")).unwrap();
    }
    // Two bytes in 50 ms are 40 a second.
    let crawling = thread::spawn(move || {
        while !matches!(take(&mut reader), Poll::Ready(Some(Err(_)))) {
            thread::sleep(Duration::from_millis(30));
        }
    });
    assert_eq!(sender.deliver(Instant::now() + LONG), Err(SendError::Slow));
    drop(sender);
    crawling.join().unwrap();
}

#[test]
fn delivery_ends_at_its_deadline() {
    let (mut sender, _reader, _) = spooled(PATIENT, 0);
    sender.send(Bytes::from_static(b"ab")).unwrap();
    assert_eq!(sender.deliver(Instant::now()), Err(SendError::Late));
}

#[test]
fn a_piece_beyond_the_limit_passes_through_an_empty_channel() {
    let (mut sender, _reader, _) = spooled(PATIENT, 0);
    sender.send(Bytes::from_static(b"abcdef")).unwrap();
}
