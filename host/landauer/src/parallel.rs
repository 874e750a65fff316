//! Work for many threads: those of the current rayon pool, or only the caller's without the feature
//! `parallel`.
//!
//! No other module of this crate uses rayon. Results come in the order of the items, so that they
//! do not depend on the number of threads.

#[cfg(not(feature = "parallel"))]
pub(crate) use one_thread::*;
#[cfg(feature = "parallel")]
pub(crate) use rayon_pool::*;

#[cfg(feature = "parallel")]
mod rayon_pool {
    use rayon::prelude::*;

    /// How many threads share the work.
    pub(crate) fn threads() -> usize {
        rayon::current_num_threads()
    }

    /// Threads of its own.
    #[derive(Debug)]
    pub(crate) struct Pool(rayon::ThreadPool);

    impl Pool {
        /// This many threads; none if they cannot be started.
        pub(crate) fn new(threads: usize) -> Option<Self> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().ok().map(Self)
        }

        /// Does some work on them.
        pub(crate) fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
            self.0.install(work)
        }
    }

    /// What `f` makes of each item.
    pub(crate) fn map<I, R>(items: &[I], f: impl Fn(&I) -> R + Send + Sync) -> Vec<R>
    where
        I: Sync,
        R: Send,
    {
        items.par_iter().map(f).collect()
    }

    /// What `f` makes of each item; each thread has a state of its own, made by `state`.
    pub(crate) fn map_with<I, S, R>(
        items: Vec<I>,
        state: impl Fn() -> S + Send + Sync,
        f: impl Fn(&mut S, I) -> R + Send + Sync,
    ) -> Vec<R>
    where
        I: Send,
        R: Send,
    {
        items.into_par_iter().map_init(state, f).collect()
    }

    /// Does two things, at the same time if a thread is free.
    pub(crate) fn join<A: Send, B: Send>(
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        rayon::join(one, other)
    }

    /// Does `f` for each item.
    pub(crate) fn for_each<I: Send>(items: Vec<I>, f: impl Fn(I) + Send + Sync) {
        items.into_par_iter().for_each(f);
    }

    /// As [`map`], but what is left is not begun after an error; of several errors any is given.
    #[cfg(feature = "files")]
    pub(crate) fn try_map<I, R, E>(
        items: &[I],
        f: impl Fn(&I) -> Result<R, E> + Send + Sync,
    ) -> Result<Vec<R>, E>
    where
        I: Sync,
        R: Send,
        E: Send,
    {
        items.par_iter().map(f).collect()
    }

    /// Does `f` for each item; each thread has a state of its own, made by `state`. Whoever is free
    /// takes the next item. What is left is not begun after an error; of several errors any is given.
    #[cfg(feature = "files")]
    pub(crate) fn try_for_each_with<I, S, E>(
        items: impl Iterator<Item = I> + Send,
        state: impl Fn() -> S + Send + Sync,
        f: impl Fn(&mut S, I) -> Result<(), E> + Send + Sync,
    ) -> Result<(), E>
    where
        I: Send,
        E: Send,
    {
        items.par_bridge().try_for_each_init(state, f)
    }
}

/// The same with the same signatures, so that what compiles here compiles there.
#[cfg(not(feature = "parallel"))]
#[allow(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "as with threads"
)]
mod one_thread {
    pub(crate) const fn threads() -> usize {
        1
    }

    #[derive(Debug)]
    pub(crate) struct Pool;

    impl Pool {
        pub(crate) const fn new(_: usize) -> Option<Self> {
            Some(Self)
        }

        pub(crate) fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
            work()
        }
    }

    pub(crate) fn map<I, R>(items: &[I], f: impl Fn(&I) -> R + Send + Sync) -> Vec<R>
    where
        I: Sync,
        R: Send,
    {
        items.iter().map(f).collect()
    }

    pub(crate) fn map_with<I, S, R>(
        items: Vec<I>,
        state: impl Fn() -> S + Send + Sync,
        f: impl Fn(&mut S, I) -> R + Send + Sync,
    ) -> Vec<R>
    where
        I: Send,
        R: Send,
    {
        let mut state = state();
        items.into_iter().map(|item| f(&mut state, item)).collect()
    }

    pub(crate) fn join<A: Send, B: Send>(
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        (one(), other())
    }

    pub(crate) fn for_each<I: Send>(items: Vec<I>, f: impl Fn(I) + Send + Sync) {
        items.into_iter().for_each(f);
    }

    #[cfg(feature = "files")]
    pub(crate) fn try_map<I, R, E>(
        items: &[I],
        f: impl Fn(&I) -> Result<R, E> + Send + Sync,
    ) -> Result<Vec<R>, E>
    where
        I: Sync,
        R: Send,
        E: Send,
    {
        items.iter().map(f).collect()
    }

    #[cfg(feature = "files")]
    pub(crate) fn try_for_each_with<I, S, E>(
        mut items: impl Iterator<Item = I> + Send,
        state: impl Fn() -> S + Send + Sync,
        f: impl Fn(&mut S, I) -> Result<(), E> + Send + Sync,
    ) -> Result<(), E>
    where
        I: Send,
        E: Send,
    {
        let mut state = state();
        items.try_for_each(|item| f(&mut state, item))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..1000).collect();
        let squares: Vec<u64> = items.iter().map(|item| item * item).collect();
        assert_eq!(map(&items, |item| item * item), squares);
        let states = AtomicUsize::new(0);
        let numbered = map_with(
            items,
            || {
                states.fetch_add(1, Relaxed);
                0
            },
            |calls, item| {
                *calls += 1;
                (item * item, *calls)
            },
        );
        // Every state has a first item, and is kept for the next one.
        let firsts = numbered.iter().filter(|&&(_, calls)| calls == 1).count();
        assert_eq!(firsts, states.into_inner());
        let found: Vec<u64> = numbered.into_iter().map(|(square, _)| square).collect();
        assert_eq!(found, squares);
    }

    #[test]
    fn both_things_are_done_and_every_item() {
        assert_eq!(join(|| 6 * 7, || "six"), (42, "six"));
        let mut squares = [0_u64; 1000];
        let slots = squares.iter_mut().zip(0..).collect();
        for_each(slots, |(slot, number): (&mut u64, u64)| {
            *slot = number * number;
        });
        assert!(
            squares
                .iter()
                .zip(0..)
                .all(|(&square, number)| square == number * number)
        );
    }

    #[cfg(feature = "files")]
    #[test]
    fn an_error_ends_the_work() {
        use std::sync::Mutex;

        let items: Vec<u64> = (0..1000).collect();
        let odd = |&item: &u64| if item == 7 { Err(item) } else { Ok(2 * item) };
        assert_eq!(try_map(&items, odd), Err(7));
        let doubled = try_map(&items[8..], odd).unwrap();
        assert_eq!((doubled[0], doubled[991]), (16, 1998));

        let done = Mutex::new(Vec::new());
        let work = |(): &mut (), item: u64| {
            done.lock().unwrap().push(item);
            odd(&item).map(drop)
        };
        assert_eq!(try_for_each_with(0_u64.., || (), work), Err(7));
        assert!(done.lock().unwrap().contains(&7));
        done.lock().unwrap().clear();
        assert_eq!(try_for_each_with(10..20, || (), work), Ok(()));
        done.lock().unwrap().sort_unstable();
        assert_eq!(*done.lock().unwrap(), (10..20).collect::<Vec<_>>());
    }
}
