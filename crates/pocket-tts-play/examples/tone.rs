//! Lists the sound outputs of this machine, and plays a tone of 440 Hz for some seconds (3, or the argument).

#![expect(clippy::print_stdout, reason = "it is a program")]

use pocket_tts_play::{PlayError, Player, outputs};

const RATE_HZ: u32 = 24_000;

fn main() -> Result<(), PlayError> {
    for output in outputs() {
        println!("found {output}");
    }
    let seconds = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(3);
    let player = Player::open(RATE_HZ)?;
    let step = std::f32::consts::TAU * 440.0 / RATE_HZ as f32;
    let tone: Vec<f32> = (0..RATE_HZ).map(|index| 0.3 * (step * index as f32).sin()).collect();
    for _ in 0..seconds {
        player.write(&tone)?;
    }
    let result = player.finish()?;
    println!("played with {}, which had nothing to play {} times", result.output, result.underruns);
    Ok(())
}
