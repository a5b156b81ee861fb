use super::super::suppress::{CellId, Laid, Ledger, Shape, Suppressed};
use super::super::usage::{USED, Use};
use super::count::OutcomeFigures;
use super::figure::{Figure, Figures};
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
        Figure::Otherwise.place(),
    ],
    parts: &[],
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
                Figure::Otherwise.place(),
            ],
        ),
    ],
    times: &[
        (Figure::MedianTime.place(), CLOSED),
        (Figure::LongTime.place(), CLOSED),
    ],
};

/// What an assessment may come to by which nobody is counted but by assessments.
const ASSESSED: [Led; 8] = [
    Led::EmergencyDepartment,
    Led::TreatmentCentre,
    Led::PrimaryCare,
    Led::Pharmacy,
    Led::Dental,
    Led::ValidatedEmergency,
    Led::Advice,
    Led::NothingArranged,
];

/// The 95th centile of fewer people than so many times the least number is somebody's own time.
const OF_A_CENTILE: u64 = 4;

impl OutcomeFigures {
    /// The report without small numbers, and without what would tell them.
    pub fn hold_back(&mut self, least: Suppressed) {
        let mut ledger = Ledger::default();
        let whole = People::of(&mut ledger, &self.figures);
        let tables = self.breakdowns.iter().map(|table| {
            let groups = table.groups.iter();
            let groups = groups.map(|group| People::of(&mut ledger, &group.figures));
            let groups: Vec<People> = groups.collect();
            whole.are_parts(&mut ledger, &groups);
            groups
        });
        let tables: Vec<Vec<People>> = tables.collect();
        let services = self.services.values();
        let services = services.map(|used| Laid::of(&mut ledger, &USED, &used.0));
        let services: Vec<Laid> = services.collect();
        whole.are_linked(&mut ledger, &services);
        ledger.hold_back(least.0);
        whole.take(&ledger, least, &mut self.figures);
        for (table, laid) in self.breakdowns.iter_mut().zip(&tables) {
            for (group, laid) in table.groups.iter_mut().zip(laid) {
                laid.take(&ledger, least, &mut group.figures);
            }
        }
        for (used, laid) in self.services.values_mut().zip(&services) {
            laid.take(&ledger, &USED, &mut used.0);
        }
    }
}

/// The figures of a number of people in a ledger.
struct People {
    laid: Laid,
    /// Of each in [`Led::BY_BOTH`], those who were assessed and those whom the menus have led there.
    apart: Vec<[CellId; 2]>,
}

impl People {
    fn of(ledger: &mut Ledger, figures: &Figures) -> Self {
        let laid = Laid::of(ledger, &OUTCOMES, &figures.values);
        let mut people = People {
            laid,
            apart: Vec::new(),
        };
        for (both, count) in Led::BY_BOTH.iter().zip(figures.assessed) {
            let assessed = ledger.unprinted(count);
            let all = figures.get(Figure::Led(*both)).unwrap_or(count);
            let by_menus = ledger.unprinted(all.saturating_sub(count));
            if let Some(all) = people.at(Figure::Led(*both)) {
                ledger.sum(all, [assessed, by_menus]);
            }
            people.apart.push([assessed, by_menus]);
        }
        people.are_closed(ledger, figures);
        people
    }

    fn at(&self, figure: Figure) -> Option<CellId> {
        self.laid.at(figure.place())
    }

    /// Those whose assessment is closed, by what it came to and by who closed it.
    fn are_closed(&self, ledger: &mut Ledger, figures: &Figures) {
        let outcomes = ASSESSED.iter().map(|led| self.at(Figure::Led(*led)));
        let outcomes: Option<Vec<CellId>> = outcomes.collect();
        let assessed = self.apart.iter().map(|[assessed, _]| *assessed);
        if let Some((closed, outcomes)) = self.at(Figure::Closed).zip(outcomes) {
            ledger.sum(closed, outcomes.into_iter().chain(assessed));
        }
        let count = |figure| figures.get(figure).unwrap_or_default();
        let advice = Figure::Led(Led::Advice);
        let by_clinician = count(advice).saturating_sub(count(Figure::ByAdvice));
        let by_clinician = ledger.unprinted(by_clinician);
        if let Some((all, by_handler)) = self.at(advice).zip(self.at(Figure::ByAdvice)) {
            ledger.sum(all, [by_handler, by_clinician]);
        }
        let theirs =
            [Led::ValidatedEmergency, Led::NothingArranged].map(|led| self.at(Figure::Led(led)));
        if let (Some(all), [Some(validated), Some(nothing)]) =
            (self.at(Figure::ByClinician), theirs)
        {
            ledger.parts(all, [by_clinician, validated, nothing]);
        }
    }

    fn are_parts(&self, ledger: &mut Ledger, groups: &[People]) {
        let laid: Vec<Laid> = groups.iter().map(|group| group.laid.clone()).collect();
        self.laid.are_parts(ledger, &laid);
        for (at, whole) in self.apart.iter().enumerate() {
            for (which, whole) in whole.iter().enumerate() {
                let parts = groups
                    .iter()
                    .filter_map(|group| group.apart.get(at)?.get(which));
                ledger.sum(*whole, parts.copied());
            }
        }
    }

    /// Whoever is linked was taken by a service or told to go there, or is with a crisis line.
    fn are_linked(&self, ledger: &mut Ledger, services: &[Laid]) {
        let good = [Use::Accepted, Use::PatientTold];
        let taken = services
            .iter()
            .flat_map(|used| good.map(|of| used.at(of as usize)));
        let taken: Option<Vec<CellId>> = taken.collect();
        let crisis_line = self.apart.first().map(|[_, by_menus]| *by_menus);
        if let (Some(linked), Some(taken), Some(crisis_line)) =
            (self.at(Figure::Linked), taken, crisis_line)
        {
            ledger.sum(linked, taken.into_iter().chain([crisis_line]));
        }
    }

    fn take(&self, ledger: &Ledger, least: Suppressed, figures: &mut Figures) {
        self.laid.take(ledger, &OUTCOMES, &mut figures.values);
        let closed = figures.get(Figure::Closed);
        if closed.is_none_or(|closed| closed < OF_A_CENTILE * least.0) {
            figures.values[Figure::LongTime.place()] = None;
        }
    }
}
