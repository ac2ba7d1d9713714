//! What each frame of a test said: its decoder, as most of them have no bytes. It can be held, so that a replay waits amid it.

use crate::Reread;
use model::{Event, Reception};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};

#[derive(Default)]
pub(crate) struct Said {
    by_frame: Mutex<BTreeMap<u32, Vec<Event>>>,
    is_held: Mutex<bool>,
    let_go: Condvar,
}

impl Said {
    pub(crate) fn keep(&self, reception: &Reception) {
        self.by_frame.lock().unwrap().insert(reception.frame_no, reception.events.clone());
    }

    /// Nothing is read from now on.
    pub(crate) fn hold(&self) {
        *self.is_held.lock().unwrap() = true;
    }

    pub(crate) fn let_go(&self) {
        *self.is_held.lock().unwrap() = false;
        self.let_go.notify_all();
    }

    pub(crate) fn reread(self: &Arc<Self>) -> Reread {
        let said = Arc::clone(self);
        Reread::new(move || {
            let said = Arc::clone(&said);
            Box::new(move |row, _| said.of(row.reception.frame_no))
        })
    }

    fn of(&self, frame_no: u32) -> Vec<Event> {
        drop(self.let_go.wait_while(self.is_held.lock().unwrap(), |is_held| *is_held).unwrap());
        self.by_frame.lock().unwrap().get(&frame_no).cloned().unwrap_or_default()
    }
}
