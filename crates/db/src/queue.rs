//! The queue between callers and the database's threads.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// First in, first out; many push, the threads take.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    arrived: Condvar,
}

struct State<T> {
    items: VecDeque<T>,
    /// Threads that sleep. Waking is a system call, so nobody is woken while nobody sleeps.
    sleepers: usize,
    closed: bool,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        let state = State { items: VecDeque::new(), sleepers: 0, closed: false };
        Self { state: Mutex::new(state), arrived: Condvar::new() }
    }

    /// Appends an item; one that comes after `close` is dropped.
    pub(crate) fn push(&self, item: T) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.items.push_back(item);
        let wake = state.sleepers > 0;
        drop(state);
        if wake {
            self.arrived.notify_one();
        }
    }

    /// Waits for an item; none when the queue is closed and empty.
    pub(crate) fn take(&self) -> Option<T> {
        self.wait().items.pop_front()
    }

    /// Waits for items and moves up to `limit` of them into `batch`; false when the queue is closed
    /// and empty.
    pub(crate) fn take_batch(&self, batch: &mut Vec<T>, limit: usize) -> bool {
        let mut state = self.wait();
        let count = state.items.len().min(limit);
        batch.extend(state.items.drain(..count));
        count > 0
    }

    /// Lets the threads finish what is queued and then end.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    fn wait(&self) -> MutexGuard<'_, State<T>> {
        let mut state = self.lock();
        while state.items.is_empty() && !state.closed {
            state.sleepers += 1;
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.sleepers -= 1;
        }
        state
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing in here panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_queued_before_closing_is_still_taken() {
        let queue = Queue::new();
        (0..5).for_each(|number| queue.push(number));
        queue.close();
        queue.push(9);
        let mut batch = Vec::new();
        assert!(queue.take_batch(&mut batch, 3));
        assert_eq!(batch, [0, 1, 2]);
        assert_eq!((queue.take(), queue.take(), queue.take()), (Some(3), Some(4), None));
        assert!(!queue.take_batch(&mut batch, 3));
    }

    #[test]
    fn every_item_is_taken_once() {
        let queue = Queue::new();
        let seen = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while let Some(number) = queue.take() {
                        seen.lock().unwrap().push(number);
                    }
                });
            }
            (0..1000).for_each(|number| queue.push(number));
            queue.close();
        });
        let mut seen = seen.into_inner().unwrap();
        seen.sort_unstable();
        assert_eq!(seen, (0..1000).collect::<Vec<_>>());
    }
}
