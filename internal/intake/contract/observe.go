package contract

import (
	"hash/maphash"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
)

// The bounds of what is looked at.
const (
	mostDistinct = 20      // values of a column that may be a list of allowed values
	leastEach    = 3       // rows of each of them; one that is rarer may tell of one person
	sampled      = 2_000   // values whose form is looked at (phones, regions)
	mostUnique   = 200_000 // rows among which a column is found to repeat nothing
	mostTracked  = 2_000_000
)

// column gathers what is seen of a column.
type column struct {
	source.Column
	filled, blank int64
	marks         map[string]int64
	low, high     float64
	whole         bool // of a Real: every value is whole
	short, long   int  // characters of texts
	distinct      map[string]int64
	unique        map[uint64]bool // nil once a value came again
	sixteen       int64           // identity numbers by structure
	forty         int64           // of them, with 40 added to the day
	digits16      int64           // 16 digits of whatever structure
	hidden        int64           // identity numbers within longer texts
	invented      int64
	looked        int64
	phones        int64
	emails        int64
	places        int64
	regions       int64
	ambiguous     int64
	codes         map[string]bool // of regions
	letters       bool
	bad           int64
	beside        func(s string, read regionRead) regionRead // in the light of the row being seen
}

func (n *infer) batch(b *source.Batch) {
	skip := map[int64]bool{}
	for _, m := range b.Marks {
		if m.Column < 0 && (m.Said == source.Total || m.Said == source.Section) {
			skip[m.Row] = true
		}
	}
	for _, bad := range b.Bad {
		n.columns[bad.Column].bad++
	}
	n.beside.begin(b)
	n.b = b
	var h maphash.Hash
	h.SetSeed(seeds[0])
	for i, row := range b.Row {
		if skip[row] {
			continue
		}
		n.rows++
		n.row = i
		for j, c := range n.columns {
			n.cell(c, &b.Cells[j], i)
		}
		if n.keys == nil || len(n.keyish) == 0 {
			continue
		}
		h.Reset()
		for _, j := range n.keyish {
			h.WriteString(b.Cells[j].Spell(n.columns[j].Kind, i))
			h.WriteByte(0)
		}
		if sum := h.Sum64(); n.keys[sum] {
			n.keys = nil
		} else if len(n.keys) < mostUnique {
			n.keys[sum] = true
		}
	}
}

// missingWords are what tables write for no value; a reader may have left them
// in texts.
var missingWords = []string{"NA", "N/A", "n/a", "...", "…", "-", "–", "—", "NULL", "null", "#N/A"}

func (n *infer) cell(c *column, cells *source.Cells, i int) {
	if mark := cells.Missing[i]; mark != "" {
		c.blank++
		if mark[0] != '.' && mark != "*" && len(c.marks) < 20 {
			c.marks[mark]++
		}
		return
	}
	s := ""
	if c.Kind == source.Text {
		s = strings.TrimSpace(cells.Text[i])
		if s == "" || slices.Contains(missingWords, s) {
			c.blank++
			if s != "" {
				c.marks[s]++
			}
			return
		}
	}
	c.filled++
	if c.Kind != source.Text && (c.distinct != nil || c.unique != nil) {
		s = cells.Spell(c.Kind, i)
	}
	if c.distinct != nil {
		if c.distinct[s]++; len(c.distinct) > mostDistinct {
			c.distinct = nil
		}
	}
	if c.unique != nil {
		sum := maphash.String(seeds[0], s)
		switch {
		case c.unique[sum]:
			n.tracked -= len(c.unique)
			c.unique = nil
		case len(c.unique) < mostUnique && n.tracked < mostTracked:
			c.unique[sum] = true
			n.tracked++
		}
	}
	switch c.Kind {
	case source.Text:
		c.text(s)
	case source.Real:
		c.number(cells.Real[i])
	case source.Day, source.Moment: // microseconds would pass for identity numbers
		x := float64(cells.Whole[i])
		c.low, c.high = min(c.low, x), max(c.high, x)
	default:
		c.number(float64(cells.Whole[i]))
	}
}

func (c *column) number(x float64) {
	c.low, c.high = min(c.low, x), max(c.high, x)
	c.whole = c.whole && x == math.Trunc(x)
	if x >= 1e15 && x < 1e16 && x == math.Trunc(x) {
		c.digits16++
		c.identityNumber(strconv.FormatInt(int64(x), 10))
	}
	if c.looked < sampled {
		c.looked++
		c.region(source.SpellReal(x))
		if s := source.SpellReal(x); (len(s) >= 9 && len(s) <= 13) && (s[0] == '8' || strings.HasPrefix(s, "628")) {
			c.phones++
		}
	}
}

func (c *column) text(s string) {
	size := utf8.RuneCountInString(s)
	c.short, c.long = min(c.short, size), max(c.long, size)
	if !c.letters {
		c.letters = strings.ContainsFunc(s, unicode.IsLetter)
	}
	if identity.IsLocation(s) {
		c.places++
	} else if size >= identity.Length {
		if d, ok := identity.Digits(s); ok && len(d) == identity.Length {
			c.digits16++
			c.identityNumber(d)
		} else if hidden(s) != "" {
			c.hidden++
		}
	}
	if c.looked >= sampled {
		return
	}
	c.looked++
	if p, ok := identity.Normal(identity.Phone, s); ok && strings.HasPrefix(p, "+628") && len(p) >= 12 {
		c.phones++
	}
	if formats["email"].MatchString(s) {
		c.emails++
	}
	c.region(s)
}

func (c *column) identityNumber(d string) {
	number, fault := identity.Read(d)
	if fault != "" {
		return
	}
	c.sixteen++
	if number.Forty {
		c.forty++
	}
	if number.District[4:] == identity.InventedDistrict {
		c.invented++
	}
}

func (c *column) region(s string) {
	switch read := c.beside(s, readRegion(s, BPS)); read.rule {
	case "":
		c.regions++
		if len(c.codes) < mostUnique {
			c.codes[read.code] = true
		}
	case Contradicts:
		c.regions++
	case Ambiguous:
		c.ambiguous++
	}
}
