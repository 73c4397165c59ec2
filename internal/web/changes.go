package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// What an event changed, in the words of the office. The words of a key stand in
// the catalogue as change.KIND.KEY or change.PARENT.KEY where a kind of object or
// the key above it says it in its own way, else as change.KEY; the words of a code
// as change.value.KEY.CODE, or where codeWords says. What is added to an object
// needs its words there and nothing here.

// codeWords says where the words of codes stand that have them already, by key or
// KIND.key or PARENT.key.
var codeWords = map[string]string{
	"capacity": "capacity.%", "role": "role.%.name", "status": "state.%", "permit.status": "permit.status.%",
	"organisation.kind": "record.kind.%", "office": "record.office.%", "offices": "record.office.%", "language": "record.language.%",
	"agreement.kind": "agreement.kind.%", "permit.kind": "permit.kind.%", "documents.kind": "permit.attachment.%", "purpose": "purpose.%", "purposes": "purpose.%",
	"way": "agreement.way.%", "class": "record.agreement.class.%", "plt": "record.document.%", "plh": "record.document.%", "an": "record.document.%",
	"rule": "permit.rule.%", "versions.state": "version.state.%", "command": "record.command.permit.%",
	"programme.kind": "record.programme.kind.%", "counts": "record.programme.counts.%", "benefits.unit": "record.programme.unit.%", "variant.sort": "record.programme.sort.%", "figures.kind": "figures.kind.%", "figures.state": "figures.state.%",
}

// refersTo says of which kind of object a key gives the id.
var refersTo = map[string]string{
	"user": "user", "organisation": "organisation", "owner": "organisation", "institution": "organisation", "anchor.to": "organisation", "position": "position", "agreement": "agreement", "parent": "agreement",
	"amends": "agreement", "permit": "permit", "study": "study", "dataset": "dataset", "programmes": "programme", "finding.programme": "programme", "finding.replaces": "finding", "finding.by": "finding", "variant.of": "programme", "inbox.read": "notice",
}

// regionKeys give codes of regions; bareKeys numbers that have no separators.
var (
	regionKeys = []string{"region", "regions", "where"}
	bareKeys   = []string{"year", "first", "last", "version", "agreement_version", "dataset_version", "permit_version", "week", "numbered"}
	// partKeys are texts of many parts, which are counted: a letter is read as a letter.
	partKeys = []string{"text", "paragraphs", "problems"}
	// markKeys make up who did something; they are said in one breath.
	markKeys = []string{"user", "position", "capacity", "via", "through"}
	// called are the keys by which an element of a list is called, in this order.
	called = []string{"title", "full", "name", "user", "number", "organisation", "dataset", "region", "day", "date", "status", "capacity", "period"}
)

// at is where a value stands in an object: the kind of object, the key and the key
// above it.
type at struct{ kind, parent, key string }

func (a at) under(key string) at { return at{a.kind, a.key, key} }

// from is the first of a table's entries for the place.
func (a at) from(table map[string]string) string {
	for _, k := range []string{a.parent + "." + a.key, a.kind + "." + a.key, a.key} {
		if v, ok := table[k]; ok {
			return v
		}
	}
	return ""
}

// word is what a key is called; the key itself where the catalogue has no word.
func (n *names) word(a at) string {
	for _, k := range []string{a.parent + "." + a.key, a.kind + "." + a.key, a.key} {
		if i18n.Has(n.c.lang, "change."+k) {
			return n.c.words("change." + k)
		}
	}
	return a.key
}

// code is what a code means; itself where the catalogue does not say.
func (n *names) code(a at, v string) string {
	if key := n.codeKey(a, v); key != "" {
		return n.c.words(key)
	}
	return v
}

func (n *names) codeKey(a at, v string) string {
	keys := []string{"change.value." + a.kind + "." + a.key + "." + v, "change.value." + a.key + "." + v}
	if pattern := a.from(codeWords); pattern != "" {
		keys = append(keys, strings.ReplaceAll(pattern, "%", v))
	}
	for _, k := range keys {
		if i18n.Has(n.c.lang, k) {
			return k
		}
	}
	return ""
}

// say puts a value into words; "" where it says nothing.
func (n *names) say(a at, v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return n.c.t("change.yes")
		}
		return n.c.t("change.no")
	case json.Number:
		if f, err := v.Float64(); err == nil && !slices.Contains(bareKeys, a.key) {
			return i18n.Format(n.c.lang, f, "")
		}
		return v.String()
	case string:
		return n.sayText(a, v)
	case []any:
		return n.sayList(a, v)
	case map[string]any:
		return n.sayObject(a, v)
	}
	return ""
}

func (n *names) sayText(a at, v string) string {
	if v == "" {
		return ""
	}
	if kind := a.from(refersTo); kind != "" {
		return n.of(event.Object{Kind: kind, ID: v})
	}
	if slices.Contains(regionKeys, a.key) {
		return registry.RegionName(v)
	}
	if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
		return i18n.Date(n.c.lang, t)
	}
	if a.key == "plan" { // it is read on its own page
		sum := sha256.Sum256([]byte(v))
		v = hex.EncodeToString(sum[:])
	}
	if len(v) == 64 && strings.Trim(v, "0123456789abcdef") == "" { // a hash: enough to compare by eye
		return v[:12] + "…"
	}
	return i18n.Day(n.c.lang, n.code(a, v))
}

func (n *names) sayList(a at, all []any) string {
	if slices.Contains(partKeys, a.key) && len(all) > 0 {
		return n.c.t("change.lines", "n", len(all))
	}
	var says []string
	between := ", "
	for _, v := range all {
		if s := n.say(a, v); s != "" {
			says = append(says, s)
		}
		if _, ok := v.(map[string]any); ok {
			between = " · "
		}
	}
	return strings.Join(says, between)
}

func (n *names) sayObject(a at, o map[string]any) string {
	text := func(key string) string { s, _ := o[key].(string); return s }
	has := func(keys ...string) bool {
		return len(o) == len(keys) && !slices.ContainsFunc(keys, func(k string) bool { _, ok := o[k].(string); return !ok })
	}
	switch {
	case has("from", "until"):
		if text("from") == "" {
			return ""
		}
		return n.c.days(registry.Period{From: registry.Day(text("from")), Until: registry.Day(text("until"))})
	case has("id", "kind"):
		return n.of(event.Object{Kind: text("kind"), ID: text("id")})
	case has("id", "en"):
		return text(string(n.c.lang))
	}
	var says []string
	rest := slices.SortedFunc(maps.Keys(o), func(a, b string) int { // what it is called comes first
		rank := func(k string) int {
			if i := slices.Index(called, k); i >= 0 {
				return i
			}
			return len(called)
		}
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
	_, marked := o["via"].(string)
	if marked { // who, from which position, how
		says = append(says, n.actor(event.Actor{User: text("user"), Position: text("position"), Capacity: event.Capacity(text("capacity")), Via: event.Via(text("via"))}))
		rest = slices.DeleteFunc(rest, func(k string) bool { return slices.Contains(markKeys, k) })
	}
	for _, k := range rest {
		in := a.under(k)
		if k == "id" {
			continue
		}
		s := n.say(in, o[k])
		switch {
		case s == "":
		case marked && k == "at":
			says = append(says, s)
		case isObject(o[k]) && strings.Contains(s, ": "):
			says = append(says, n.word(in)+" ("+s+")")
		default:
			says = append(says, n.word(in)+": "+s)
		}
	}
	return strings.Join(says, "; ")
}

// differences are the parts of an object that an event changed, in words.
func (n *names) differences(e event.Event) []difference {
	before, ok := decode(e.Before)
	after, ok2 := decode(e.After)
	if !ok || !ok2 {
		return nil
	}
	return n.compare(nil, at{kind: e.Object.Kind}, "", before, after)
}

func isObject(v any) bool { _, ok := v.(map[string]any); return ok }

// decode reads a value of an event, numbers as they stand; an empty object for none.
func decode(raw json.RawMessage) (map[string]any, bool) {
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(orEmpty(raw)))
	d.UseNumber()
	err := d.Decode(&v)
	return v, err == nil
}

func same(a, b any) bool {
	x, _ := json.Marshal(a) // what was decoded can be encoded
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

// compare adds the differences of two objects, each under the words of its keys
// behind those of the keys above.
func (n *names) compare(all []difference, a at, above string, before, after map[string]any) []difference {
	keys := slices.Collect(maps.Keys(before))
	keys = slices.AppendSeq(keys, maps.Keys(after))
	slices.Sort(keys)
	for _, k := range slices.Compact(keys) {
		was, is := before[k], after[k]
		if k == "id" && above == "" || same(was, is) {
			continue
		}
		in := a.under(k)
		label := strings.TrimPrefix(above+" › "+n.word(in), " › ")
		wasObject, ok := was.(map[string]any)
		isObject, ok2 := is.(map[string]any)
		if ok && ok2 && len(isObject) > 2 {
			all = n.compare(all, in, label, wasObject, isObject)
			continue
		}
		wasList, ok := was.([]any)
		isList, ok2 := is.([]any)
		if (ok || was == nil) && (ok2 || is == nil) && (ok || ok2) && !slices.Contains(partKeys, k) {
			all = n.compareLists(all, in, label, wasList, isList)
			continue
		}
		all = n.differ(all, label, n.say(in, was), n.say(in, is))
	}
	return all
}

// compareLists adds the elements that came, went or changed. An element is itself
// again where its id is, or where it stands at the same place among as many.
func (n *names) compareLists(all []difference, a at, label string, before, after []any) []difference {
	id := func(v any) string {
		o, _ := v.(map[string]any)
		s, _ := o["id"].(string)
		return s
	}
	gone := slices.DeleteFunc(slices.Clone(before), func(v any) bool { return slices.ContainsFunc(after, func(w any) bool { return same(v, w) }) })
	come := slices.DeleteFunc(slices.Clone(after), func(v any) bool { return slices.ContainsFunc(before, func(w any) bool { return same(v, w) }) })
	if len(gone) == 0 && len(come) == 0 { // the same ones in another order or number
		return n.differ(all, label, n.sayList(a, before), n.sayList(a, after))
	}
	for i, v := range gone {
		j := slices.IndexFunc(come, func(w any) bool { return id(v) != "" && id(v) == id(w) })
		if j < 0 && id(v) == "" && len(before) == len(after) && len(gone) == len(come) {
			j = i
		}
		was, ok := v.(map[string]any)
		if j < 0 || !ok {
			all = n.differ(all, label, n.say(a, v), "")
			continue
		}
		is, ok := come[j].(map[string]any)
		if !ok {
			all = n.differ(all, label, n.say(a, v), "")
			continue
		}
		all = n.compare(all, a, n.called(a, label, is), was, is)
		come[j] = nil
	}
	for _, v := range come {
		if v != nil {
			all = n.differ(all, label, "", n.say(a, v))
		}
	}
	return all
}

func (n *names) differ(all []difference, key, before, after string) []difference {
	if before == after {
		return all
	}
	return append(all, difference{Key: key, Before: before, After: after})
}

// called is the label of an element of a list, by what it is called.
func (n *names) called(a at, label string, o map[string]any) string {
	for _, k := range called {
		if s, ok := o[k].(string); ok && s != "" {
			return n.c.t("change.of", "key", label, "name", n.say(a.under(k), s))
		}
	}
	return label
}

// raw is what an event changed as the log has it, key by key.
func raw(e event.Event) []difference {
	var before, after map[string]json.RawMessage
	if json.Unmarshal(orEmpty(e.Before), &before) != nil || json.Unmarshal(orEmpty(e.After), &after) != nil {
		return nil
	}
	keys := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
	slices.Sort(keys)
	var all []difference
	for _, k := range slices.Compact(keys) {
		if !bytes.Equal(before[k], after[k]) {
			all = append(all, difference{k, string(before[k]), string(after[k])})
		}
	}
	return all
}

func orEmpty(raw json.RawMessage) json.RawMessage {
	if raw == nil || string(raw) == "null" {
		return json.RawMessage("{}")
	}
	return raw
}

// told are the values that the sentence of an event may name besides its object:
// what a reader must know without unfolding what changed.
func (n *names) told(e event.Event) []any {
	switch e.Object.Kind {
	case "position":
		return n.toldOfPosition(e)
	case "organisation":
		var was, is registry.Organisation
		read(e, &was, &is)
		if len(is.Names) == 0 {
			return nil
		}
		last := is.Names[len(is.Names)-1]
		pairs := []any{"name", last.Full, "from", n.c.day(last.From), "last", n.c.day(is.Period.Until), "before", ""}
		if len(was.Names) > 0 {
			pairs[len(pairs)-1] = was.Names[len(was.Names)-1].Full
		}
		return pairs
	case "grant":
		var was, is struct{ Period registry.Period }
		read(e, &was, &is)
		return []any{"days", n.c.days(is.Period)}
	case "setting":
		var was, is struct{ Name string }
		read(e, &was, &is)
		return []any{"setting", n.code(at{kind: "setting", key: "name"}, is.Name)}
	case "notice":
		return n.toldOfNotice(e)
	case "look":
		var was, is struct{ Dataset, Study string }
		read(e, &was, &is)
		return []any{"dataset", n.of(event.Object{Kind: "dataset", ID: is.Dataset}), "study", n.of(event.Object{Kind: "study", ID: is.Study})}
	case "user":
		var what []string
		for _, d := range n.differences(e) {
			what = append(what, d.Key)
		}
		return []any{"what", slices.Compact(what)}
	}
	return nil
}

// toldOfNotice says to whom a notice went, and its first sentence.
func (n *names) toldOfNotice(e event.Event) []any {
	var was, is notice.Notice
	read(e, &was, &is)
	title := n.says(store.Letter{Notice: is}, "title")
	if strings.ContainsAny(title, "{[") { // values of an older program
		title = n.code(at{kind: "notice", key: "kind"}, string(is.Kind))
	}
	return []any{"to", n.of(is.To.Object()), "title", title}
}

// toldOfPosition says who came to hold a position or ceased to, in which capacity,
// on which days and by which letter.
func (n *names) toldOfPosition(e event.Event) []any {
	var was, is registry.Position
	read(e, &was, &is)
	pairs := []any{"from", n.c.day(is.Period.From), "last", n.c.day(is.Period.Until)}
	for _, h := range is.Holdings {
		i := slices.IndexFunc(was.Holdings, func(x registry.Holding) bool { return x.ID == h.ID })
		if i >= 0 && was.Holdings[i].Last == h.Last {
			continue
		}
		mandate, date, absence := "", "", ""
		if h.Mandate != nil {
			mandate, date = h.Mandate.Number, n.c.day(h.Mandate.Date)
		}
		if h.Absence != nil {
			absence = join(h.Absence.Reason+",", n.c.days(h.Absence.Period))
		}
		return append(pairs, "name", n.user(h.User), "capacity", n.c.words("capacity."+string(h.Capacity)), "days", n.c.days(h.Days()), "end", n.c.day(h.Last), "mandate", mandate, "date", date, "absence", absence)
	}
	return append(pairs, "name", "", "capacity", "", "days", "", "end", "", "mandate", "", "date", "", "absence", "")
}

// read reads what an event's object was and is, as far as it can be read: the log
// keeps it as it was written, and the words that it gives are beside it.
func read(e event.Event, was, is any) {
	_ = json.Unmarshal(orEmpty(e.Before), was)
	_ = json.Unmarshal(orEmpty(e.After), is)
}

// ofToken is what a token is called: whose it is, and until when.
func (n *names) ofToken(user string, until registry.Day) string {
	return n.c.t("token.title", "name", n.user(user), "until", n.c.day(until))
}
