package dummy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/registry"
)

// The births of people who are not: seventy years, unless the contract says
// other bounds.
const (
	firstBirth = -9131 // 1945-01-01
	lastBirth  = 16435 // 2014-12-31
)

// invented is somebody who is not.
type invented struct {
	born  time.Time
	woman bool
}

// personNumber gives the person of a number: the same number is always the same.
func (r *Reader) personNumber(p int64) invented {
	span := r.births[1] - r.births[0] + 1
	random := rand.New(rand.NewPCG(r.seed, uint64(p)))
	step := int64(7919) // a prime, so that each day comes once in a round
	if span%step == 0 {
		step = 1
	}
	return invented{time.Unix((r.births[0]+p*step%span)*86400, 0).UTC(), random.IntN(2) == 0}
}

// birthBounds reads the bounds of the birth date from the contract.
func (r *Reader) birthBounds() {
	r.births = [2]int64{firstBirth, lastBirth}
	for i := range r.c.Fields {
		if f := &r.c.Fields[i]; f.Identity == identity.BirthDate && f.Type == contract.Date {
			low, high := within(f, firstBirth, lastBirth)
			r.births = [2]int64{whole(low), max(whole(low), whole(high))}
		}
	}
}

// serial is the number of the round of birth dates in which a person stands: two
// persons of one day differ by it.
func (r *Reader) serial(p int64) int64 { return p/(r.births[1]-r.births[0]+1) + 1 }

// person gives the values of a field that tells who a person is. Their number is
// that of the person.
func (r *Reader) person(f *contract.Field) domain {
	d := domain{size: endless, of: true}
	regencies := r.regencies()
	where := func(p int64) string { return regencies[p%int64(len(regencies))] }
	switch f.Identity {
	case identity.NIK:
		d.size = (r.births[1] - r.births[0] + 1) * 9999
		d.spell = func(p int64) string {
			who := r.personNumber(p)
			return identity.Invent(where(p), who.born, who.woman, int(r.serial(p)))
		}
	case identity.KK:
		const issues = 7305 // days of twenty years
		d.size = issues * 9999
		d.spell = func(p int64) string {
			issued := time.Date(2004, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(p*7919%issues))
			return identity.Invent(where(p), issued, false, int(p/issues+1))
		}
	case identity.Member:
		d.spell = func(p int64) string { return fmt.Sprintf("CONTOH-%08d", p+1) }
	case identity.Name:
		d.spell = func(p int64) string { return "Contoh " + name(p) }
	case identity.Phone:
		d.size = 99_999_999
		d.spell = func(p int64) string { return fmt.Sprintf("0800%08d", p+1) }
	case identity.Account:
		d.spell = func(p int64) string { return fmt.Sprintf("%012d", p+1) }
	case identity.Email:
		d.spell = func(p int64) string { return fmt.Sprintf("warga%d@contoh.invalid", p+1) }
	case identity.Address:
		d.spell = func(p int64) string {
			return fmt.Sprintf("Jalan Contoh No. %d RT %02d RW %02d", p/400+1, p%20+1, p/20%20+1)
		}
	case identity.Location: // where there is only sea
		d.spell = func(p int64) string { return fmt.Sprintf("0.0%06d, 0.0", p+1) }
	case identity.BirthDate:
		d.size = r.births[1] - r.births[0] + 1
		own := form(f)
		if f.Type == contract.String { // place and date
			own = "02-01-2006"
		}
		d.spell = func(p int64) string { return r.personNumber(p).born.Format(own) }
	}
	if f.Identity == identity.BirthDate && f.Type != contract.Date && f.Type != contract.Datetime && f.Type != contract.String {
		return domain{}
	}
	return d
}

// regencies are the codes with which identity numbers begin.
func (r *Reader) regencies() []string {
	var all []string
	for _, region := range registry.Regions() {
		if code := strings.ReplaceAll(region.Kemendagri, ".", ""); len(code) == 4 {
			if len(r.c.Regions) == 0 || slices.ContainsFunc(r.c.Regions, func(root string) bool {
				return registry.Within(region.Code, root) || registry.Within(root, region.Code)
			}) {
				all = append(all, code)
			}
		}
	}
	if len(all) == 0 {
		return []string{"3578"}
	}
	return all
}

// name builds two words that are nobody's from syllables, with the number in
// them: different numbers, different names.
func name(p int64) string {
	syllables := []string{"ba", "ca", "du", "fi", "gu", "ha", "ji", "ka", "lo", "mu", "na", "pi", "ra", "su", "ti", "wo"}
	var b strings.Builder
	for i := 0; i < 4 || p > 0; i++ {
		s := syllables[p%16]
		if i%2 == 0 {
			if i > 0 {
				b.WriteByte(' ')
			}
			s = strings.ToUpper(s[:1]) + s[1:]
		}
		b.WriteString(s)
		p /= 16
	}
	return b.String()
}

// sexOf gives the allowed value that means a sex; "" where none does.
func sexOf(f *contract.Field, woman bool) string {
	for _, l := range f.Allowed() {
		if w := contract.Woman(l.Text); w != nil && *w == woman {
			return l.Text
		}
	}
	return ""
}

// relation gives a value drawn for the relation to the head of the household, or in
// its place an allowed one that means the head where the person is that, and another
// where not.
func relation(f *contract.Field, drawn string, head bool) string {
	if contract.Head(drawn) == head {
		return drawn
	}
	for _, l := range f.Allowed() {
		if contract.Head(l.Text) == head {
			return l.Text
		}
	}
	return drawn
}
