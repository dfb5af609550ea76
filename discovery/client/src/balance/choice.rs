//! Power of two choices: of two random candidates the less loaded one. Pure but for the random numbers given to it.

use std::{sync::Arc, time::Instant};

use rand::Rng;

use super::health::Availability;
use crate::view::Instance;

/// The candidate to call, None when there is none. Ejected ones are passed over, unless all are: a bad instance is
/// better than a certain failure, and it shows at once when it is well again.
pub(crate) fn choose<'a>(
    candidates: &[&'a Arc<Instance>],
    now: Instant,
    random: &mut impl Rng,
) -> Option<&'a Arc<Instance>> {
    let open: Vec<&Arc<Instance>> = candidates
        .iter()
        .copied()
        .filter(|instance| instance.endpoint.availability(now) != Availability::Closed)
        .collect();
    less_loaded(if open.is_empty() { candidates } else { &open }, now, random)
}

fn less_loaded<'a>(among: &[&'a Arc<Instance>], now: Instant, random: &mut impl Rng) -> Option<&'a Arc<Instance>> {
    let count = among.len();
    if count < 2 {
        return among.first().copied();
    }
    let first = random.random_range(0..count);
    // Any index but the first one.
    let second = (first + random.random_range(1..count)) % count;
    let (first, second) = (among[first], among[second]);
    Some(if second.endpoint.load(now) < first.endpoint.load(now) { second } else { first })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use rand::{SeedableRng as _, rngs::StdRng};
    use url::Url;

    use super::*;
    use crate::{
        balance::{EjectionPolicy, Endpoint, Outcome},
        view::Status,
    };

    /// One candidate: its latency, calls under way, and whether it is ejected.
    type Candidate = (u64, u32, bool);

    fn instance(id: usize, (latency_ms, in_flight, ejected): Candidate, now: Instant) -> Arc<Instance> {
        let policy = EjectionPolicy::default();
        let endpoint = Arc::new(Endpoint::default());
        endpoint.record(now, Outcome::Ok, Duration::from_millis(latency_ms), &policy);
        for _ in 0..if ejected { policy.unreachable_in_a_row } else { 0 } {
            endpoint.record(now, Outcome::Unreachable, Duration::ZERO, &policy);
        }
        for _ in 0..in_flight {
            endpoint.begin(now, &policy);
        }
        Arc::new(Instance {
            app: "orders".to_owned(),
            id: id.to_string(),
            base_url: Url::parse("http://127.0.0.1:1/").unwrap(),
            status: Status::Up,
            metadata: BTreeMap::new(),
            lease: Duration::from_secs(10),
            endpoint,
        })
    }

    /// How often each candidate is chosen in 1,000 choices.
    fn shares(candidates: &[Candidate]) -> Vec<u32> {
        let now = Instant::now();
        let instances: Vec<_> = candidates.iter().enumerate().map(|(id, c)| instance(id, *c, now)).collect();
        let references: Vec<_> = instances.iter().collect();
        let mut random = StdRng::seed_from_u64(7);
        let mut counts = vec![0; candidates.len()];
        for _ in 0..1_000 {
            if let Some(chosen) = choose(&references, now, &mut random) {
                counts[chosen.id.parse::<usize>().unwrap()] += 1;
            }
        }
        counts
    }

    #[test]
    fn nothing_is_chosen_from_nothing() {
        assert_eq!(shares(&[]), Vec::<u32>::new());
    }

    #[test]
    fn the_less_loaded_of_two_is_chosen() {
        for (case, candidates) in [
            ("slower", [(10, 0, false), (50, 0, false)]),
            ("busier", [(10, 0, false), (10, 4, false)]),
            ("fast but busy", [(10, 0, false), (5, 3, false)]),
            ("ejected", [(90, 9, false), (1, 0, true)]),
        ] {
            assert_eq!(shares(&candidates), [1_000, 0], "{case}");
        }
    }

    #[test]
    fn equals_share_evenly_and_the_worst_of_three_gets_nothing() {
        let even = shares(&[(10, 0, false), (10, 0, false), (10, 0, false)]);
        assert!(even.iter().all(|count| (250..420).contains(count)), "{even:?}");
        let uneven = shares(&[(10, 0, false), (10, 0, false), (90, 0, false)]);
        assert_eq!(uneven[2], 0, "{uneven:?}");
    }

    #[test]
    fn the_last_one_is_never_passed_over() {
        assert_eq!(shares(&[(10, 0, true)]), [1_000]);
        assert_eq!(shares(&[(10, 0, true), (20, 0, true)]), [1_000, 0]);
    }
}
