#include "topic/telling.h"

#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"

enum { LEAST = 3 /* letters of a word that tells something */ };

/* Words of any mail whatever it is about, folded. */
static const char *const idle[] = {
	/* small words */
	"the and for with from this that these those there here then than they them their theirs she her hers him his its it's our ours you your "
	"yours who whom whose which what when where why how all any both each either few many more most much other others some such only own same "
	"very too also just even still yet already again ever never not nor but are was were been being have has had having does did doing done "
	"can could may might must shall should will would about above after against along among around because before behind below between beyond "
	"but down during except into like near off onto out over per since through till until toward towards under upon within without while if "
	"though although however therefore otherwise instead maybe perhaps please thanks thank dear hello regards sincerely kind best greetings "
	"sorry yes i'm i've i'd i'll we're we've we'd don't can't isn't doesn't didn't won't anyone someone somebody nobody everyone everybody "
	"something anything nothing everything one two three four five six seven eight nine ten hundred first second third last next",
	"och att det den dom dem som för med till från har hade haft inte ett men var vart vara varit jag mig min mitt mina sig sin sitt sina kan "
	"kunde kunna han hon hans hennes hen nån nåt något någon några ska skall skulle bli blir blev blivit vill ville måste bör borde får fick "
	"fått vad när hur varför vilken vilket vilka vem vems där här hit dit nu sen sedan då efter före innan upp ner ned under över mellan hos "
	"vid mot genom utan inom utom enligt samt eller utan både båda alla allt andra annan annat samma själv själva mycket många mer mest mindre "
	"bara även också redan igen alltid aldrig kanske gärna tack tackar hej hejsan hälsning hälsningar vänliga vänligen mvh snälla nog väl vår "
	"vårt våra oss din ditt dina dig ditt ert era ers sån sådan sådana denna denne detta dessa deras dess vore eftersom därför medan fast trots "
	"nej jaha okej första andra tredje förra nästa sista två tre fyra fem sex sju åtta nio tio hundra",
	/* verbs and nouns of any question */
	"get gets got give gives given goes going gone went make makes made take takes taken took come comes came see seen say says said tell told "
	"know knows think want wants need needs let ask asked asking question questions help look looking find found send sent sending receive "
	"received hear reply answer write writing wrote read mail email e-mail message letter hope wonder wondering possible able anything matter "
	"thing things way ways time times day days date week weeks month months year years today tomorrow yesterday morning evening soon now later "
	"monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november "
	"december people person someone name new old good great nice long short big small well right wrong sure able etc",
	"gör göra gjort gjorde går gick gått kommer komma kom ger ge gett gav tar tog tagit säger sade sagt säga vet veta tror tycker tänker undrar "
	"undra fråga frågar frågan frågor frågade svar svara svarar hjälp hjälpa hjälper behöver behövs behöva gäller gälla finns finnas fanns funnits "
	"ser sett såg titta skicka skickar skickat skickade skriv skriva skriver skrev skrivit mejl mejla mejlet mail mailet brev hör höra hört hoppas "
	"vänta väntar möjligt sak saker saken sätt tid tiden gång gången gånger dag dagar dagen vecka veckan veckor månad månader månaden året åren "
	"idag imorgon igår morgon kväll snart sent tidigt måndag tisdag onsdag torsdag fredag lördag söndag januari februari mars april juni juli "
	"augusti september oktober november december folk person personer namn nya nytt gammal gamla bra stor stora liten lilla litet små lång "
	"långt rätt fel säker osv"};

static bool is_idle(const char *word, size_t n)
{
	for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
		for (const char *s = idle[i]; *s;) {
			size_t len = strcspn(s, " ");
			if (len == n && memcmp(s, word, n) == 0)
				return true;
			s += len + (s[len] == ' ');
		}
	return false;
}

static size_t letters(const char *s, size_t n)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += (s[i] & 0xC0) != 0x80;
	return count;
}

bool telling(const char *words)
{
	char *folded = fold_text(words, strlen(words));
	bool tells = strchr(folded, '@') != NULL;
	for (const char *s = folded; *s && !tells;) {
		size_t n = strcspn(s, " *");
		tells = letters(s, n) >= LEAST && strspn(s, "0123456789") < n && !is_idle(s, n);
		s += n + (s[n] != '\0');
	}
	free(folded);
	return tells;
}

static char *stem(const char *words)
{
	char *folded = fold_text(words, strlen(words)), *to = folded;
	for (const char *s = folded; *s; s++)
		if (*s != '*')
			*to++ = *s;
	*to = '\0';
	return folded;
}

bool telling_same(const char *a, const char *b)
{
	char *x = stem(a), *y = stem(b);
	bool same = strstr(x, y) || strstr(y, x);
	free(x);
	free(y);
	return same;
}
