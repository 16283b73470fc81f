//! Shares: that enough of them give the secret back, and that fewer say nothing.

use proptest::prelude::*;

use super::*;

fn bytes(shares: &[SecretBytes]) -> Vec<&[u8]> {
    shares.iter().map(|share| share.expose().as_slice()).collect()
}

fn together(shares: &[&[u8]]) -> Vec<u8> {
    combine(shares).unwrap().into_exposed().to_vec()
}

/// All ways to choose so many of the shares.
fn choices<'a>(shares: &[&'a [u8]], count: usize) -> Vec<Vec<&'a [u8]>> {
    match (count, shares) {
        (0, _) => vec![Vec::new()],
        (_, []) => Vec::new(),
        (_, [first, rest @ ..]) => {
            let mut all = choices(rest, count);
            all.extend(choices(rest, count - 1).into_iter().map(|mut choice| {
                choice.push(first);
                choice
            }));
            all
        }
    }
}

#[test]
fn any_shares_that_are_enough_give_the_secret_back_and_fewer_do_not() {
    let secret: Vec<u8> = (0..32).collect();
    for (count, threshold) in [(2, 2), (3, 2), (5, 3), (5, 5), (6, 4)] {
        let shares = split(&secret, count, threshold).unwrap();
        let shares = bytes(&shares);
        for chosen in 2..=usize::from(count) {
            let enough = chosen >= usize::from(threshold);
            for choice in choices(&shares, chosen) {
                assert_eq!(together(&choice) == secret, enough, "{chosen} of {count}/{threshold}");
            }
        }
    }
}

#[test]
fn the_point_stands_behind_the_values() {
    let shares = split(b"secret", 255, 2).unwrap();
    assert_eq!(shares.len(), 255);
    for (share, point) in bytes(&shares).iter().zip(1..=255) {
        assert_eq!((share.len(), share[6]), (7, point));
    }
    assert_eq!(together(&[bytes(&shares)[254], bytes(&shares)[99]]), b"secret");
    assert_eq!(together(&bytes(&split(b"s", 255, 255).unwrap())), b"s");
    assert_eq!(format!("{:?}", shares[0]), "[secret]");
}

/// Shares that OpenBao 2.7.2 gave out at an `operator init`, five with a threshold of three.
#[test]
fn shares_that_others_made_go_together() {
    let shares: Vec<Vec<u8>> = [
        "c3824f4442a443299cd553fea5e9909d8f610ff4bddae53625d01f89d80b80254c",
        "d734079fffc7de2d78034b207f5f5b697ba398050a1ae2e92e3aa70d9d3f5349f2",
        "8965f08642b96e3880ca7c56ab1fafa61fba7d1945fdba6d99381c2bd7186fd89f",
        "b898b8366418ec5029e5bc24ce9b40f318c44a209558f3505f672b25dc36d1730b",
        "662146a88f0cbc28010a53fd475527128572089f34a6b523972e83924b04922f20",
    ]
    .into_iter()
    .map(|hex| {
        let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        digits.map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect()
    })
    .collect();
    let shares: Vec<_> = shares.iter().map(Vec::as_slice).collect();
    let secret = together(&shares[..3]);
    for count in 3..=5 {
        for choice in choices(&shares, count) {
            assert_eq!(together(&choice), secret);
        }
    }
    for choice in choices(&shares, 2) {
        assert_ne!(together(&choice), secret);
    }
}

#[test]
fn what_can_not_be_is_refused() {
    for (secret, shares, threshold, expected) in [
        (&b"s"[..], 2, 3, ShamirError::FewerThanThreshold),
        (b"s", 0, 0, ShamirError::SmallThreshold),
        (b"s", 1, 1, ShamirError::SmallThreshold),
        (b"s", 5, 0, ShamirError::SmallThreshold),
        (b"", 5, 3, ShamirError::Empty),
    ] {
        assert_eq!(split(secret, shares, threshold).unwrap_err(), expected);
    }
    for (shares, expected) in [
        (vec![], ShamirError::FewerThanTwo),
        (vec![vec![1, 1]], ShamirError::FewerThanTwo),
        (vec![vec![], vec![1, 2]], ShamirError::Short),
        (vec![vec![1], vec![2]], ShamirError::Short),
        (vec![vec![1, 1], vec![1, 1, 2]], ShamirError::Lengths),
        (vec![vec![1, 0], vec![1, 1]], ShamirError::Point),
        (vec![vec![1, 1], vec![1, 2], vec![2, 1]], ShamirError::Duplicate),
    ] {
        assert_eq!(combine(&shares).unwrap_err(), expected, "{shares:?}");
    }
}

#[test]
fn every_coefficient_takes_every_value_as_often() {
    const DRAWS: u32 = 256 * 200;
    for threshold in [2, 3, 5] {
        let mut counts = vec![[0_u32; 256]; usize::from(threshold) - 1];
        for drawn in coefficients(DRAWS as usize, threshold) {
            assert_eq!(drawn.len(), counts.len());
            for (count, value) in counts.iter_mut().zip(drawn.iter()) {
                count[usize::from(*value)] += 1;
            }
        }
        // The highest coefficient stands first.
        for (position, count) in counts.iter().enumerate() {
            assert!(count.iter().all(|count| *count > 0), "{position} of {threshold}");
            // Chi-square with 255 degrees of freedom: 400 is passed once in 100 million runs.
            let expected = f64::from(DRAWS) / 256.0;
            let squares = count.iter().map(|count| (f64::from(*count) - expected).powi(2));
            let chi_square = squares.sum::<f64>() / expected;
            assert!(chi_square < 400.0, "{position} of {threshold}: {chi_square}");
        }
    }
}

/// What one share shows is any byte, whatever the secret: also when the highest coefficient, and
/// with it the share's difference to the secret, is zero.
#[test]
fn one_share_says_nothing() {
    for secret in [0, 1, 255] {
        let mut seen = [[false; 256]; 2];
        for _ in 0..256 * 16 {
            let shares = split(&[secret], 2, 2).unwrap();
            for (seen, share) in seen.iter_mut().zip(bytes(&shares)) {
                seen[usize::from(share[0])] = true;
            }
        }
        assert!(seen.iter().flatten().all(|seen| *seen), "{secret}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn secrets_come_back_from_any_shares(
        secret in prop::collection::vec(any::<u8>(), 1..80),
        (count, threshold) in (2_u8..=255).prop_flat_map(|count| (Just(count), 2..=count.min(20))),
        order in any::<u64>(),
    ) {
        let shares = split(&secret, count, threshold).unwrap();
        let mut chosen = bytes(&shares);
        // Any order will do.
        chosen.sort_by_key(|share| u64::from(share[secret.len()]).wrapping_mul(order | 1).rotate_left(7));
        chosen.truncate(threshold.into());
        prop_assert_eq!(together(&chosen), secret);
    }

    #[test]
    fn nothing_makes_it_panic(
        shares in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5), 0..6),
    ) {
        let _ = combine(&shares);
    }
}
