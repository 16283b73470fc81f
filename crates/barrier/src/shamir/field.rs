//! The field of 256 elements: bytes, with `^` as addition, and multiplication of polynomials over
//! bits modulo x⁸ + x⁴ + x³ + x + 1.

use std::hint::black_box;

/// What x⁸ is, in lower powers.
const REDUCTION: u8 = 0x1b;

/// The product. Takes the same steps for all factors.
pub(super) fn multiply(one: u8, other: u8) -> u8 {
    let (mut factor, mut product) = (one, 0);
    for bit in 0..8 {
        // All ones where the bit is set. The compiler must not see that and make a branch of it.
        let is_set = black_box(0_u8.wrapping_sub((other >> bit) & 1));
        product ^= factor & is_set;
        let overflows = black_box(0_u8.wrapping_sub(factor >> 7));
        factor = (factor << 1) ^ (REDUCTION & overflows);
    }
    product
}

/// What gives one when multiplied; zero for zero, which has none.
pub(super) fn invert(element: u8) -> u8 {
    // Every element but zero is one when raised to 255; 254 has all bits but the lowest.
    let mut power = element;
    let mut inverse = 1;
    for _ in 0..7 {
        power = multiply(power, power);
        inverse = multiply(inverse, power);
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Multiplication as one does it on paper.
    fn on_paper(one: u8, other: u8) -> u8 {
        let mut product = 0_u16;
        for bit in 0..8 {
            if other >> bit & 1 == 1 {
                product ^= u16::from(one) << bit;
            }
        }
        for bit in (8..16).rev() {
            if product >> bit & 1 == 1 {
                product ^= 0x11b << (bit - 8);
            }
        }
        product.try_into().unwrap()
    }

    #[test]
    fn products_are_right_for_all_elements() {
        for one in 0..=255 {
            for other in 0..=255 {
                assert_eq!(multiply(one, other), on_paper(one, other), "{one} · {other}");
            }
        }
        // FIPS 197, section 4.2.
        assert_eq!(multiply(0x57, 0x83), 0xc1);
        assert_eq!(multiply(0x57, 0x13), 0xfe);
    }

    #[test]
    fn every_element_but_zero_has_an_inverse() {
        assert_eq!(invert(0), 0);
        for element in 1..=255 {
            assert_eq!(multiply(element, invert(element)), 1, "{element}");
        }
    }
}
