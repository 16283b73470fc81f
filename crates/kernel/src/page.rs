//! Pages of a list, numbered from one.

/// Which page of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    number: u32,
    size: u32,
}

impl PageRequest {
    /// The size of a page when the client names none.
    pub const DEFAULT_SIZE: u32 = 20;
    /// The largest page that is served; larger wishes are cut to this.
    pub const MAX_SIZE: u32 = 100;

    /// Page `number` (from 1) of `size` items; both are brought into range.
    pub fn new(number: u32, size: u32) -> Self {
        Self { number: number.max(1), size: size.clamp(1, Self::MAX_SIZE) }
    }

    /// The same for a list with pages of its own size, up to `max` items.
    pub fn up_to(number: u32, size: u32, max: u32) -> Self {
        Self { number: number.max(1), size: size.clamp(1, max.max(1)) }
    }

    /// The page's number, from 1.
    pub const fn number(self) -> u32 {
        self.number
    }

    /// How many items a page holds.
    pub const fn size(self) -> u32 {
        self.size
    }

    /// For SQL's `LIMIT`.
    pub fn limit(self) -> i64 {
        i64::from(self.size)
    }

    /// For SQL's `OFFSET`.
    pub fn offset(self) -> i64 {
        i64::from(self.number - 1) * i64::from(self.size)
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self::new(1, Self::DEFAULT_SIZE)
    }
}

/// One page of a list, and how long the whole list is.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The page's items.
    pub items: Vec<T>,
    /// How many items the whole list has.
    pub total: u64,
    /// The page that was asked for.
    pub request: PageRequest,
}

impl<T> Page<T> {
    /// How many pages the list has; an empty list has one.
    pub fn total_pages(&self) -> u64 {
        self.total.div_ceil(u64::from(self.request.size)).max(1)
    }

    /// The next page's number, while there is one. Clients that see more pages than this one and
    /// no next page loop for ever, so the two are derived from the same numbers.
    pub fn next(&self) -> Option<u64> {
        let number = u64::from(self.request.number);
        (number < self.total_pages()).then_some(number + 1)
    }

    /// The previous page's number; from beyond the end, the last page.
    pub fn previous(&self) -> Option<u64> {
        let before = u64::from(self.request.number).checked_sub(1).filter(|number| *number > 0)?;
        Some(before.min(self.total_pages()))
    }

    /// The same page with each item turned into something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            total: self.total,
            request: self.request,
        }
    }

    /// Cuts a page out of a list that is whole in memory.
    pub fn of(all: Vec<T>, request: PageRequest) -> Self {
        let total = all.len() as u64;
        let skip = usize::try_from(request.offset()).unwrap_or(usize::MAX);
        let items = all.into_iter().skip(skip).take(request.size as usize).collect();
        Self { items, total, request }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walking_next_pages_sees_every_item_once() {
        for total in 0..50 {
            for size in 1..12 {
                let mut seen = Vec::new();
                let mut number = Some(1);
                while let Some(current) = number {
                    let page = Page::of((0..total).collect(), PageRequest::new(current, size));
                    assert_eq!(page.next().is_some(), u64::from(current) < page.total_pages());
                    number = page.next().map(|next| u32::try_from(next).unwrap());
                    seen.extend(page.items);
                }
                assert_eq!(seen, (0..total).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn pages_beyond_the_end_are_empty_and_keep_the_totals() {
        let page = Page::of(vec![1, 2, 3], PageRequest::new(9, 2));
        assert_eq!(
            (page.items.len(), page.total, page.total_pages(), page.next()),
            (0, 3, 2, None)
        );
        assert_eq!(page.previous(), Some(2));
    }
}
