use super::super::suppress::{Shape, Suppressed};
use super::super::usage::USED;
use super::count::OutcomeFigures;
use super::figure::Figure;
use super::led::Led;

const fn led(led: Led) -> usize {
    Figure::Led(led).place()
}

const PEOPLE: usize = Figure::People.place();
const LINKED: usize = Figure::Linked.place();
const CLOSED: usize = Figure::Closed.place();

const OUTCOMES: Shape = Shape {
    counts: &[
        PEOPLE,
        LINKED,
        led(Led::EmergencyDepartment),
        led(Led::TreatmentCentre),
        led(Led::PrimaryCare),
        led(Led::Pharmacy),
        led(Led::Dental),
        led(Led::MentalHealth),
        led(Led::ServiceByMenus),
        led(Led::Emergency),
        led(Led::ValidatedEmergency),
        led(Led::Callback),
        led(Led::Advice),
        led(Led::NothingArranged),
        led(Led::Open),
        led(Led::NotAssessed),
        led(Led::PromiseStands),
        led(Led::Abandoned),
        led(Led::CutOff),
        led(Led::UnderWay),
        CLOSED,
        Figure::ByClinician.place(),
        Figure::ByAdvice.place(),
        Figure::ByHandler.place(),
    ],
    // Advice that a clinician has given is the rest of all advice.
    parts: &[(led(Led::Advice), Figure::ByAdvice.place())],
    sums: &[
        (
            PEOPLE,
            &[
                LINKED,
                led(Led::Emergency),
                led(Led::ValidatedEmergency),
                led(Led::Callback),
                led(Led::Advice),
                led(Led::NothingArranged),
                led(Led::Open),
                led(Led::NotAssessed),
                led(Led::PromiseStands),
                led(Led::Abandoned),
                led(Led::CutOff),
                led(Led::UnderWay),
            ],
        ),
        (
            LINKED,
            &[
                led(Led::EmergencyDepartment),
                led(Led::TreatmentCentre),
                led(Led::PrimaryCare),
                led(Led::Pharmacy),
                led(Led::Dental),
                led(Led::MentalHealth),
                led(Led::ServiceByMenus),
            ],
        ),
        (
            CLOSED,
            &[
                Figure::ByClinician.place(),
                Figure::ByAdvice.place(),
                Figure::ByHandler.place(),
            ],
        ),
    ],
    times: &[
        (Figure::MedianTime.place(), CLOSED),
        (Figure::LongTime.place(), CLOSED),
    ],
};

impl OutcomeFigures {
    /// The report without small numbers, and without what would tell them.
    pub fn hold_back(&mut self, least: Suppressed) {
        least.alone(&OUTCOMES, &mut self.figures.0);
        for table in &mut self.breakdowns {
            let groups = table.groups.iter_mut();
            let mut groups: Vec<_> = groups.map(|group| &mut group.figures.0[..]).collect();
            least.across(&OUTCOMES, &mut groups, &self.figures.0);
        }
        for used in self.services.values_mut() {
            least.alone(&USED, &mut used.0);
        }
    }
}
