use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// Answers kept for a while, the oldest given up first when there are too many.
pub(super) struct Kept<T> {
    capacity: usize,
    keep: Duration,
    entries: Mutex<Entries<T>>,
}

struct Entries<T> {
    by_key: HashMap<Vec<u8>, (Instant, T)>,
    /// Keys in the order they came in; a key stands here once for each time it was put.
    order: VecDeque<Vec<u8>>,
}

impl<T: Clone> Kept<T> {
    pub(super) fn new(capacity: usize, keep: Duration) -> Kept<T> {
        Kept { capacity, keep, entries: Mutex::new(Entries { by_key: HashMap::new(), order: VecDeque::new() }) }
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<T> {
        let entries = self.entries.lock().expect("no code that holds this lock panics");
        entries.by_key.get(key).filter(|(until, _)| Instant::now() < *until).map(|(_, answer)| answer.clone())
    }

    /// Keeps an answer, for the usual time or for a shorter one.
    pub(super) fn put(&self, key: Vec<u8>, answer: T, shorter: Option<Duration>) {
        let until = Instant::now() + shorter.unwrap_or(self.keep).min(self.keep);
        let mut entries = self.entries.lock().expect("no code that holds this lock panics");
        if entries.by_key.insert(key.clone(), (until, answer)).is_none() {
            entries.order.push_back(key);
        }
        while entries.by_key.len() > self.capacity {
            let Some(oldest) = entries.order.pop_front() else { break };
            entries.by_key.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn answers_age_and_the_oldest_make_room() {
        let kept = Kept::new(2, Duration::from_secs(100));
        kept.put(b"a".to_vec(), 1, None);
        kept.put(b"b".to_vec(), 2, Some(Duration::from_secs(10)));
        assert_eq!((kept.get(b"a"), kept.get(b"b"), kept.get(b"c")), (Some(1), Some(2), None));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!((kept.get(b"a"), kept.get(b"b")), (Some(1), None));
        kept.put(b"b".to_vec(), 3, None);
        kept.put(b"c".to_vec(), 4, None);
        assert_eq!((kept.get(b"a"), kept.get(b"b"), kept.get(b"c")), (None, Some(3), Some(4)));
        tokio::time::advance(Duration::from_secs(100)).await;
        assert_eq!(kept.get(b"c"), None);
    }
}
