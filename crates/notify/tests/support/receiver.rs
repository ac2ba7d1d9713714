//! A receiver of webhooks, written from the specification and not from the sender.

use super::{PATIENCE, SECRET};
use base64::Engine;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

/// One request, as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) signed: bool,
    pub(crate) body: String,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    heard: mpsc::UnboundedReceiver<Heard>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    may_answer: Arc<Semaphore>,
}

impl Receiver {
    /// Answers each request at once: as told, then 200.
    pub(crate) async fn listen() -> Self {
        let receiver = Self::hesitant().await;
        receiver.may_answer.add_permits(1_000);
        receiver
    }

    /// Answers nothing until [`Receiver::let_answer`].
    pub(crate) async fn hesitant() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?token=in-the-url", listener.local_addr().unwrap());
        let (tell, heard) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let may_answer = Arc::new(Semaphore::new(0));
        let (statuses, gate) = (Arc::clone(&answers), Arc::clone(&may_answer));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, tell.clone(), Arc::clone(&statuses), Arc::clone(&gate)));
            }
        });
        Self { url, heard, answers, may_answer }
    }

    pub(crate) fn will_answer(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn let_answer(&self) {
        self.may_answer.add_permits(1_000);
    }

    pub(crate) async fn next(&mut self) -> Heard {
        timeout(PATIENCE, self.heard.recv()).await.unwrap().unwrap()
    }

    /// What has arrived and was not looked at.
    pub(crate) fn rest(&mut self) -> Vec<Heard> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).collect()
    }
}

async fn serve(
    socket: TcpStream,
    tell: mpsc::UnboundedSender<Heard>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    gate: Arc<Semaphore>,
) {
    let mut socket = BufReader::new(socket);
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    while socket.read_line(&mut line).await.unwrap() > 0 && line != "\r\n" {
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        line.clear();
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.unwrap();
    let heard = heard(&headers, body);
    tell.send(heard).unwrap();
    gate.acquire().await.unwrap().forget();
    let status = answers.lock().unwrap().pop_front().unwrap_or(200);
    let answer = format!(
        "HTTP/1.1 {status} x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    let _ = socket.write_all(answer.as_bytes()).await;
}

fn heard(headers: &BTreeMap<String, String>, body: Vec<u8>) -> Heard {
    let id = headers["webhook-id"].clone();
    let signed = [id.as_bytes(), b".", headers["webhook-timestamp"].as_bytes(), b".", &body].concat();
    let expected = base64::engine::general_purpose::STANDARD.encode(hmac_sha256(SECRET, &signed));
    let body = String::from_utf8(body).unwrap();
    let kind = serde_json::from_str::<serde_json::Value>(&body).unwrap()["type"].as_str().unwrap().to_owned();
    Heard { id, kind, signed: headers["webhook-signature"] == format!("v1,{expected}"), body }
}

/// RFC 2104 by hand: the sender's library must not check itself.
fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> Vec<u8> {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}
