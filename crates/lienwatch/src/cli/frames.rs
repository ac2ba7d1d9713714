//! Frames outside a server: explain, build, play back, as `--help` shows it.

use super::{Moment, moment, zone};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use model::{Alarm, ZoneOffset};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
#[command(before_help = "Examples:\n  \
    lienwatch decode 78780d010868120240000015000170e50d0a\n  \
    lienwatch decode tracker.log                  frames in log lines and dumps; other lines are passed over\n  \
    lienwatch decode --pcap field.pcapng          every connection of a capture, in order\n  \
    tcpdump -i any -U -w - port 7018 | lienwatch decode --pcap -\n  \
    lienwatch decode --json - < frames.txt        one JSON object a frame")]
pub(crate) struct Decode {
    /// Frames in hex, a file of frames or log lines, or - for stdin
    #[arg(value_name = "HEX|FILE|-")]
    pub(crate) frames: Vec<String>,
    /// Capture (pcap or pcapng), or - for stdin; may be given several times
    #[arg(long, value_name = "FILE|-")]
    pub(crate) pcap: Vec<PathBuf>,
    /// Of a capture: only connections to this port of the server
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// One JSON object a line; the same as -o ndjson
    #[arg(long, conflicts_with = "output")]
    json: bool,
    /// Form: table for people, ndjson for programs
    #[arg(short, long, value_enum, default_value = "table")]
    output: DecodeForm,
    /// Which protocol
    #[arg(long, default_value = "auto", value_parser = PossibleValuesParser::new(protocols_or("auto")))]
    pub(crate) protocol: String,
    /// Zone of the device's clock, e.g. +08:00 [default: the protocol's]
    #[arg(long, value_name = "±HH:MM", allow_hyphen_values = true, value_parser = zone)]
    pub(crate) timezone: Option<ZoneOffset>,
}

impl Decode {
    pub(crate) fn form(&self) -> DecodeForm {
        if self.json { DecodeForm::Ndjson } else { self.output }
    }
}

/// The form of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecodeForm {
    /// For people.
    Table,
    /// One JSON object a frame.
    #[value(alias = "json")]
    Ndjson,
}

#[derive(Debug, Args)]
#[command(before_help = encode_examples())]
pub(crate) struct Encode {
    /// Which protocol
    #[arg(value_parser = PossibleValuesParser::new(protocol_names()))]
    pub(crate) protocol: String,
    /// Which message
    #[arg(value_enum)]
    pub(crate) message: EncodeMessage,
    /// IMEI or terminal number
    #[arg(long)]
    pub(crate) terminal: String,
    /// Degrees north
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lat: Option<f64>,
    /// Degrees east
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lon: Option<f64>,
    /// When, e.g. 2026-11-20T03:10:00Z; of a batch: the last one
    #[arg(long, value_parser = moment)]
    pub(crate) time: Option<Moment>,
    /// km/h
    #[arg(long, default_value_t = 0)]
    pub(crate) speed: u16,
    /// Degrees clockwise from north
    #[arg(long, default_value_t = 0)]
    pub(crate) course: u16,
    /// Metres above sea, where the protocol carries it
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) altitude: Option<i32>,
    /// Satellites used [default: 9 with a fix]
    #[arg(long)]
    pub(crate) satellites: Option<u8>,
    /// An alarm, e.g. sos; may be given several times
    #[arg(long, value_parser = alarm)]
    pub(crate) alarm: Vec<Alarm>,
    /// The ignition line
    #[arg(long, value_enum)]
    pub(crate) ignition: Option<Ignition>,
    /// Positions of a batch; the car stands, or drives on at its speed and course
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) count: u16,
    /// Between two positions of a batch
    #[arg(long, default_value = "30s", value_parser = span)]
    pub(crate) every: Duration,
    /// Of a batch: reports of now, one frame each, and not kept ones. A server takes for now what is not older than 2 minutes
    #[arg(long)]
    pub(crate) live: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EncodeMessage {
    Login,
    Heartbeat,
    Position,
    /// Several positions that were kept while there was no connection (see --live): one frame where the protocol has such a
    /// message, else one frame each
    Batch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ignition {
    On,
    Off,
}

#[derive(Debug, Args)]
#[command(before_help = "Examples:\n  \
    lienwatch replay field.pcapng --to 127.0.0.1:7018                as fast as that server acknowledges\n  \
    lienwatch replay field.pcapng --to 127.0.0.1:7018 --speed 10     with the captured pauses, ten times as fast\n  \
    lienwatch replay tracker.log --to 7018 --terminal 868120240000015 -o json")]
pub(crate) struct Replay {
    /// Capture (pcap or pcapng), text with frames or log lines, or - for stdin
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,
    /// The tracker port of a server that is for trying things out: what is replayed is real there. A port alone is one
    /// of this machine
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) to: String,
    /// Keep the captured pauses, X times as fast [default: as fast as the server acknowledges]
    #[arg(long, value_name = "X", value_parser = speed)]
    pub(crate) speed: Option<f64>,
    /// Only connections of this terminal; may be given several times
    #[arg(long)]
    pub(crate) terminal: Vec<String>,
    /// Of a capture: only connections to this port of the captured server
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Send to another machine than this one
    #[arg(long)]
    pub(crate) yes_remote: bool,
    /// Form of the summary
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: ReplayForm,
}

/// The form of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayForm {
    /// For people.
    Table,
    /// One line of JSON.
    #[value(alias = "ndjson")]
    Json,
}

/// With the names on the list.
fn encode_examples() -> String {
    let protocol =
        |index: usize| protocol_names().get(index % protocols::ALL.len()).copied().unwrap_or_default();
    format!(
        "Examples:\n  \
         lienwatch encode {} login --terminal ID\n  \
         lienwatch encode {} position --terminal ID --lat 22.5431 --lon 114.0579 --speed 36 --alarm sos\n  \
         lienwatch encode {} batch --terminal ID --lat 22.5 --lon 114 --count 10 --every 30s",
        protocol(0),
        protocol(1),
        protocol(1),
    )
}

fn protocol_names() -> Vec<&'static str> {
    protocols::ALL.iter().map(|protocol| protocol.name()).collect()
}

fn protocols_or(first: &'static str) -> Vec<&'static str> {
    [vec![first], protocol_names()].concat()
}

fn alarm(text: &str) -> Result<Alarm, String> {
    Alarm::parse(text).map_err(|error| error.to_string())
}

fn speed(text: &str) -> Result<f64, String> {
    match text.trim_end_matches(['x', 'X']).parse() {
        Ok(speed) if (0.001..=1_000_000.0).contains(&speed) => Ok(speed),
        _ => Err("write it like 1, 10 or 0.5".into()),
    }
}

fn span(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        _ => return Err("write it like 30s, 5m or 1h".into()),
    };
    match number.parse::<u32>() {
        Ok(number) if number > 0 => Ok(Duration::from_secs(u64::from(number) * seconds)),
        _ => Err("write it like 30s, 5m or 1h".into()),
    }
}
