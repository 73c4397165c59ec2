package cooperation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Place is a region that a letter names, with the last day that its yes covers.
type Place struct {
	Region string       `json:"region"` // BPS code
	Until  registry.Day `json:"until"`
	Deemed bool         `json:"deemed"` // it was silent; its data stay shut
}

// Letter is the permit as it was issued on paper. A newer letter replaces it.
type Letter struct {
	Number   Number          `json:"number"`
	Position string          `json:"position"` // id of the position that signs
	Code     string          `json:"code"`     // as of MakeCode
	Places   []Place         `json:"places"`   // by code
	Period   registry.Period `json:"period"`
	Text     Text            `json:"text"`
	SHA256   string          `json:"sha256"` // of Text.Plain
	Issued   Mark            `json:"issued"`
}

// LetterNames are the words of what a letter names by id.
type LetterNames struct {
	Names
	People  map[string]string // id of a user -> name
	Address string            // of the institution that asks; empty: its name stands alone
}

// Issue is what an office gives with a letter.
type Issue struct {
	Answer          // Number is needed; Region and Against do not count
	Position string // id of the position that signs; one of the office
	Random   [16]byte
}

// IssueLetter gives out the letter for the regions that said yes so far; it
// replaces the letter before it. The text is frozen by its SHA-256. Event:
// permit-letter-issued.
func (p Permit) IssueLetter(g Ground, in Issue, names LetterNames, by event.Actor, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), "issue-letter"); err != nil {
		return registry.Change{}, err
	}
	if in.Office != p.office(Verifies, "") {
		return registry.Change{}, problem.New("permit-not-your-step", "region", registry.RegionName(p.Chain[0].Region))
	}
	signs, ok := names.Positions[in.Position]
	if !ok || signs.Organisation != in.Office || signs.Name == "" {
		return registry.Change{}, problem.New("permit-letter-signs", "field", "position")
	}
	if err := in.Signing.May(signs.Capacity, registry.PermitDocument); err != nil {
		return registry.Change{}, err
	}
	if in.Number == nil {
		return registry.Change{}, problem.New("permit-letter-number", "field", "number")
	}
	if err := in.number(at); err != nil {
		return registry.Change{}, err
	}
	if err := p.notBeforeOpening(in.Number, at); err != nil {
		return registry.Change{}, err
	}
	l := Letter{Number: *in.Number, Position: in.Position, Code: MakeCode(in.Random), Places: p.Places(g, at), Period: registry.Period{From: p.Period.From, Until: p.LastDay(g, at)}, Issued: MarkOf(by, at)}
	if len(l.Places) == 0 {
		return registry.Change{}, problem.New("permit-letter-empty")
	}
	l.Text = p.LetterText(g, l, names, at)
	l.SHA256 = l.Text.SHA256()
	after := p
	after.Letters = append(slices.Clone(p.Letters), l)
	return registry.Change{Type: "permit-letter-issued", Before: p, After: after}, nil
}

// notBeforeOpening refuses a number of a day on which there was nothing yet to write
// a letter on: the province had not opened the permit.
func (p Permit) notBeforeOpening(n *Number, at time.Time) error {
	for _, m := range round(p.until(at)) {
		if opened := registry.DayOf(m.Mark.At); m.Command == "open" && n != nil && n.Day < opened {
			return problem.New("permit-number-early", "day", string(n.Day), "opened", string(opened), "field", "number-day")
		}
	}
	return nil
}

// Places lists what a letter of an instant may name: the regions that are open
// for what the permit is for, or will be on its first day.
func (p Permit) Places(g Ground, at time.Time) []Place {
	all := []Place{}
	regions, shut := p.Opens(g, p.Kind, at)
	for _, s := range shut {
		if s.Why == "not-begun" {
			regions = append(regions, s.Region)
		}
	}
	slices.Sort(regions)
	last := p.LastDay(g, at)
	for _, code := range regions {
		r := p.regionAt(g, code, at)
		all = append(all, Place{Region: code, Until: min(r.Covers, last), Deemed: r.State == RegionDeemed})
	}
	return all
}

// LetterText is the text of a letter in formal Indonesian, whatever the language
// of the page: a draft where it has no number yet.
func (p Permit) LetterText(g Ground, l Letter, names LetterNames, at time.Time) Text {
	organisation := func(o string) string { return called(names.Organisations, o) }
	office := organisation(p.office(Verifies, ""))
	var t Text
	add := func(kind BlockKind, label, text string) { t = append(t, Block{kind, label, text}) }

	add(TitleBlock, "", say("title"))
	add(TitleBlock, "", say("kind-"+string(p.Kind)))
	number, issued := open, open
	if l.Number.Text != "" {
		number, issued = l.Number.Text, day(l.Number.Day)
	}
	add(NumberBlock, say("number"), number)

	add(HeadingBlock, say("bases"), "")
	for i, basis := range p.letterBases(g, names, at) {
		add(ItemBlock, letterItem(i), basis)
	}
	add(ParagraphBlock, "", say("opening", "office", office))
	institution := organisation(p.Institution)
	address := institution
	if names.Address != "" {
		address = names.Address
	}
	members := make([]string, len(p.Members))
	for i, m := range p.Members {
		members[i] = called(names.People, m)
	}
	if len(members) == 0 {
		members = []string{"-"}
	}
	person := called(names.People, p.Responsible.User)
	fields := []string{
		say("name"), person, say("address"), address, say("study-title"), p.Title, say("aims"), p.Aims,
		say("places"), p.letterPlaces(g, l, at), say("period"), say("period-days", "from", day(l.Period.From), "until", day(l.Period.Until)),
		say("field"), p.Field, say("status"), say("status-" + p.Status),
		say("responsible"), say("responsible-who", "name", person, "title", names.Positions[p.Responsible.Position].Title),
		say("members"), strings.Join(members, "; "), say("institution"), institution,
	}
	if len(p.Datasets) > 0 {
		fields = append(fields, say("data"), p.letterData(l, names))
	}
	if p.Kind == FieldWork {
		fields = append(fields, say("sample"), p.Sample, say("makes"), p.Makes)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		add(ItemBlock, fmt.Sprintf("%d. %s:", i/2+1, fields[i]), fields[i+1])
	}

	add(HeadingBlock, say("conditions"), "")
	conditions := []string{say("condition-use"), say("condition-places"), say("condition-end", "until", day(l.Period.Until))}
	if len(p.Datasets) > 0 {
		conditions = append(conditions, say("condition-data"))
	}
	if p.Kind == FieldWork {
		conditions = append(conditions, say("condition-field"))
	}
	due := l.Period.Until.Add(g.Agreement.TermsAt(at).ReportDays)
	conditions = append(conditions, say("condition-report", "due", day(due), "office", office), say("condition-revoke"))
	for i, c := range conditions {
		add(ItemBlock, letterItem(i), c)
	}
	if l.Code != "" {
		add(ParagraphBlock, "", say("check", "code", l.Code))
	}
	signs := names.Positions[l.Position]
	add(SignatureBlock, say("issued", "day", issued), strings.Join([]string{office, signs.post(), "", orOpen(signs.Name)}, "\n"))
	add(HeadingBlock, say("copies"), "")
	for i, o := range p.letterCopies(l) {
		add(ItemBlock, fmt.Sprintf("%d.", i+1), organisation(o))
	}
	return t
}

// letterItem labels the items of a list, of which a letter has a handful.
func letterItem(i int) string { return string(rune('a'+i)) + "." }

// say gives a sentence of the letter, which is always Indonesian.
func say(key string, pairs ...any) string {
	values := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i].(string)] = pairs[i+1]
	}
	return i18n.Text(i18n.ID, "permit.letter."+key, values)
}

func day(d registry.Day) string { return i18n.Day(i18n.ID, string(d)) }

// letterBases are the agreement and the recommendations of the province's
// offices. What a region's offices wrote is theirs to hand out.
func (p Permit) letterBases(g Ground, names LetterNames, at time.Time) []string {
	bases := []string{say("basis-agreement", "reference", g.Agreement.reference())}
	for _, s := range p.Chain {
		if s.Level != ProvinceLevel || s.Act != Recommends || s.FallsAway() {
			continue
		}
		for _, m := range p.until(at) {
			if m.Command != "recommend" || m.Rule != s.Rule || m.Against {
				continue
			}
			by := called(names.Organisations, s.Organisation)
			if m.Number != nil {
				bases = append(bases, say("basis-recommendation", "organisation", by, "number", m.Number.Text, "day", day(m.Number.Day)))
			} else {
				bases = append(bases, say("basis-recommendation-plain", "organisation", by, "day", day(registry.DayOf(m.Mark.At))))
			}
		}
	}
	return append(bases, say("basis-request", "organisation", called(names.Organisations, p.Institution)))
}

// letterPlaces names the places with their codes, and what is particular to one.
func (p Permit) letterPlaces(g Ground, l Letter, at time.Time) string {
	words := make([]string, len(l.Places))
	for i, place := range l.Places {
		word := registry.RegionName(place.Region) + " (" + place.Region + ")"
		if place.Until < l.Period.Until {
			word += say("place-until", "until", day(place.Until))
		}
		if place.Deemed {
			word += say("place-deemed", "days", g.Agreement.TermsAt(p.regionAt(g, place.Region, at).Asked).SilenceDays)
		}
		words[i] = word
	}
	return strings.Join(words, "; ")
}

// letterData names what is opened, and where, if some places stay shut.
func (p Permit) letterData(l Letter, names LetterNames) string {
	words := make([]string, len(p.Datasets))
	for i, d := range p.Datasets {
		words[i] = d.Dataset
		if n, ok := names.Datasets[d.Dataset]; ok {
			words[i] = n.Name
		}
		if !slices.Contains(d.Columns, All) {
			words[i] += " (" + strings.Join(d.Columns, ", ") + ")"
		}
	}
	var from []string
	for _, place := range l.Places {
		if !place.Deemed {
			from = append(from, registry.RegionName(place.Region))
		}
	}
	data := strings.Join(words, "; ")
	switch len(from) {
	case len(l.Places):
		return data
	case 0:
		return say("data-nowhere", "data", data)
	}
	return say("data-from", "data", data, "places", joined(from))
}

// letterCopies are the other offices of the province's chain, those of the places
// that said yes, and the institution that asks.
func (p Permit) letterCopies(l Letter) []string {
	var all []string
	for _, s := range p.Chain {
		named := s.Level == ProvinceLevel && s.Act != Verifies || slices.ContainsFunc(l.Places, func(x Place) bool { return x.Region == s.Region })
		if named && !s.FallsAway() && !slices.Contains(all, s.Organisation) {
			all = append(all, s.Organisation)
		}
	}
	return append(all, p.Institution)
}

// LetterStates are what a check says of a letter; the words of each are
// permit.letter-state.CODE of the catalogue.
var LetterStates = []string{"valid", "not-begun", "replaced", "over", "revoked"}

// Verification is what anybody may know of a letter: no person's name is in it.
type Verification struct {
	Number      Number
	Kind        PermitKind
	Title       string
	Institution string   // id of the organisation that asks
	Places      []Place  // named in the letter and still standing
	Gone        []string // BPS codes named in the letter that no longer stand
	Period      registry.Period
	State       string       // one of LetterStates
	Last        registry.Day // the last day that the letter is good for, as known then
	Ended       string       // why that is before its own last day, one of LetterEnds; empty: it is not
	ReplacedBy  *Number      // of the letter that holds now; nil: none replaced it
}

// LetterEnds are why a letter ends early; the words of each are
// permit.letter-end.CODE of the catalogue.
var LetterEnds = []string{"revoked", "withdrawn", "agreement"}

// ended tells why the days of a letter end early, and the last one.
func (p Permit) ended(g Ground, l Letter, at time.Time) (why string, last registry.Day) {
	last = min(l.Period.Until, p.LastDay(g, at))
	if last == l.Period.Until {
		return "", last
	}
	why = "agreement"
	for _, m := range p.until(at) {
		switch {
		case m.Command == "revoke" && registry.DayOf(m.Mark.At) == last:
			why = "revoked"
		case m.Command == "withdraw" && registry.DayOf(m.Mark.At) == last:
			why = "withdrawn"
		}
	}
	return why, last
}

// Verify tells what a code stands for at an instant; false: no letter of the
// permit has it.
func (p Permit) Verify(g Ground, code string, at time.Time) (Verification, bool) {
	i := slices.IndexFunc(p.Letters, func(l Letter) bool { return l.Code == code && !l.Issued.At.After(at) })
	if i < 0 {
		return Verification{}, false
	}
	l := p.Letters[i]
	v := Verification{Number: l.Number, Kind: p.Kind, Title: p.Title, Institution: p.Institution, Period: l.Period, Places: []Place{}}
	v.Ended, v.Last = p.ended(g, l, at)
	now := p.Places(g, at)
	for _, place := range l.Places {
		if j := slices.IndexFunc(now, func(x Place) bool { return x.Region == place.Region }); j >= 0 {
			now[j].Until = min(place.Until, now[j].Until)
			v.Places = append(v.Places, now[j])
		} else {
			v.Gone = append(v.Gone, place.Region)
		}
	}
	today := registry.DayOf(at)
	newer := false
	for _, later := range p.Letters[i+1:] {
		if !later.Issued.At.After(at) {
			newer, v.ReplacedBy = true, &later.Number
		}
	}
	revoked := func(x Place) bool { return p.regionAt(g, x.Region, at).State == RegionRevoked }
	switch state := p.StateAt(g, at); {
	case state == PermitRevoked || !slices.ContainsFunc(l.Places, func(x Place) bool { return !revoked(x) }):
		v.State = "revoked"
	case newer:
		v.State = "replaced"
	case state != PermitOpen || len(v.Places) == 0 || today > l.Period.Until:
		v.State = "over"
	case today < l.Period.From:
		v.State = "not-begun"
	default:
		v.State = "valid"
	}
	return v, true
}

// Slip gives what the QR of a letter says where the office has no public address.
func (v Verification) Slip(key string, printed registry.Day, example bool) Slip {
	places := make([]Place, len(v.Places))
	for i, p := range v.Places {
		places[i] = Place{Region: p.Region, Until: p.Until}
	}
	return Slip{Key: key, Number: v.Number.Text, Title: v.Title, Places: places, Period: v.Period, State: v.State, Printed: printed, Example: example}
}
