/* answers: replies as the usual mail programs write them, to a mail that we sent, for the tests of what is carried on of them. The writer's card, the quoted
 * history and what no reader sees hold addresses and words that must never go out: SECRET. */
#ifndef TESTS_MAIL_ANSWERS_H
#define TESTS_MAIL_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#define SECRET "hemlig.handling@int.uni.example"

struct client {
	const char *name;
	const char *plain, *html; /* NULL: there is no such part */
	const char *type;         /* of the plain part; NULL: text/plain; charset=utf-8 */
	const char *text;         /* what was written now */
	const char *has[6];       /* the answer's HTML has all of these */
};

static const struct client clients[] = {
	{"Outlook on the web",
	 "!close\r\n\r\nHej Anna,\r\n\r\nJa, sista dag är 1 december. Se sidan<https://uni.example/utbyte>.\r\n\r\n  *   pass\r\n  *   betyg\r\n\r\n"
	 "Med vänlig hälsning\r\nBo Ek\r\n\r\nHandläggare\r\n+46 18 471 00 00\r\n" SECRET "\r\n________________________________\r\n"
	 "Från: Internationella kontoret <office@uni.example>\r\nSkickat: den 24 november 2026 09:12\r\nTill: Bo Ek <" SECRET ">\r\nÄmne: [INT-42] Utbyte\r\n\r\n"
	 "Ärende INT-42. Hemligt: " SECRET "\r\n\r\nHej! När är sista dag?\r\n",
	 "<html>\r\n<head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n"
	 "<style type=\"text/css\" style=\"display:none;\"> P {margin-top:0;margin-bottom:0;} </style>\r\n</head>\r\n<body dir=\"ltr\">\r\n"
	 "<div class=\"elementToProof\" style=\"font-family: Aptos, Calibri, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);\">\r\n!close</div>\r\n"
	 "<div class=\"elementToProof\"><br>\r\n</div>\r\n"
	 "<div class=\"elementToProof\" style=\"font-family: Aptos, Calibri, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);\">\r\nHej Anna,</div>\r\n"
	 "<div class=\"elementToProof\"><br>\r\n</div>\r\n<div>Ja, <b>sista dag</b> är 1 december. Se "
	 "<a href=\"https://uni.example/utbyte\" id=\"OWA1\" class=\"OWAAutoLink\" data-auth=\"NotApplicable\" originalsrc=\"https://x.example/?" SECRET "\">sidan</a>.</div>\r\n"
	 "<ul data-editing-info='{\"a\":1}'><li>pass</li><li>betyg</li></ul>\r\n<div><br></div>\r\n"
	 "<div id=\"Signature\"><div>Med vänlig hälsning</div><div>Bo Ek</div><div><br></div><p>Handläggare<br>+46 18 471 00 00<br>\r\n"
	 "<a href=\"mailto:" SECRET "\">" SECRET "</a></p></div>\r\n<div id=\"appendonsend\"></div>\r\n<hr style=\"display:inline-block;width:98%\" tabindex=\"-1\">\r\n"
	 "<div id=\"divRplyFwdMsg\" dir=\"ltr\"><font face=\"Calibri, sans-serif\" style=\"font-size:11pt\" color=\"#000000\"><b>Från:</b> Internationella kontoret"
	 " &lt;office@uni.example&gt;<br>\r\n<b>Skickat:</b> den 24 november 2026 09:12<br>\r\n<b>Till:</b> Bo Ek &lt;" SECRET "&gt;<br>\r\n<b>Ämne:</b> [INT-42] Utbyte"
	 "</font>\r\n<div>&nbsp;</div>\r\n</div>\r\n<div>Ärende INT-42. Hemligt: " SECRET "</div>\r\n<div>Hej! När är sista dag?</div>\r\n</body>\r\n</html>\r\n",
	 NULL,
	 "Hej Anna,\n\nJa, sista dag är 1 december. Se sidan<https://uni.example/utbyte>.\n\n  *   pass\n  *   betyg\n\nMed vänlig hälsning\nBo Ek",
	 {"<b>sista dag</b>", "<a href=\"https://uni.example/utbyte\">sidan</a>", "<li>betyg</li>", "P{margin-top:0;margin-bottom:0;}", "rgb(0, 0, 0)", "<div>Bo Ek</div>"}},

	{"Outlook for Windows",
	 "!assign eva@int.uni.example\r\n\r\n!wait 1 dec\r\n\r\nDear Anna,\r\n\r\n \r\n\r\nPlease see the picture:\r\n\r\n \r\n\r\n[Ett diagram över terminer]\r\n\r\n \r\n\r\n"
	 "1.      Send the form\r\n\r\n2.      Wait for Bo's word\r\n\r\n \r\n\r\nKind regards\r\n\r\nBo Ek\r\n\r\n \r\n\r\nBo Ek | Coordinator\r\nPhone: +46 18 471 00 00\r\n"
	 SECRET "<mailto:" SECRET ">\r\n\r\n \r\n\r\nFrom: International Office <office@uni.example> \r\nSent: Tuesday, November 24, 2026 9:12 AM\r\n"
	 "To: Bo Ek <" SECRET ">\r\nSubject: [INT-42] Exchange\r\n\r\n \r\n\r\nTicket INT-42 " SECRET "\r\n\r\nHello, when?\r\n",
	 "<html xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" xmlns=\"http://www.w3.org/TR/REC-html40\">\r\n"
	 "<head><meta http-equiv=Content-Type content=\"text/html; charset=utf-8\"><meta name=Generator content=\"Microsoft Word 15 (filtered medium)\">\r\n"
	 "<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}</style><![endif]--><style><!--\r\n/* Font Definitions */\r\n"
	 "@font-face\r\n\t{font-family:Calibri;\r\n\tpanose-1:2 15 5 2 2 2 4 3 2 4;}\r\n/* Style Definitions */\r\np.MsoNormal, li.MsoNormal, div.MsoNormal\r\n\t{margin:0cm;\r\n"
	 "\tfont-size:11.0pt;\r\n\tfont-family:\"Calibri\",sans-serif;\r\n\tmso-ligatures:standardcontextual;}\r\nspan.SpellE\r\n\t{mso-style-name:\"\";\r\n\tmso-spl-e:yes;}\r\n"
	 "@page WordSection1\r\n\t{size:612.0pt 792.0pt;}\r\ndiv.WordSection1\r\n\t{page:WordSection1;}\r\n--></style><!--[if gte mso 9]><xml>\r\n<o:shapedefaults v:ext=\"edit\" />\r\n"
	 "<o:secret>" SECRET "</o:secret></xml><![endif]--></head>\r\n<body lang=SV link=\"#0563C1\" vlink=\"#954F72\" style='word-wrap:break-word'>\r\n<div class=WordSection1>"
	 "<p class=MsoNormal><span lang=EN-US>!assign eva@int.uni.example<o:p></o:p></span></p><p class=MsoNormal><span lang=EN-US>!wait 1 dec<o:p></o:p></span></p>\r\n"
	 "<p class=MsoNormal><span lang=EN-US>Dear Anna,<o:p></o:p></span></p><p class=MsoNormal><span lang=EN-US><o:p>&nbsp;</o:p></span></p>\r\n"
	 "<p class=MsoNormal><span lang=EN-US style='color:#1F497D;mso-fareast-language:EN-US'>Please see the picture:<o:p></o:p></span></p>"
	 "<p class=MsoNormal><span lang=EN-US><o:p>&nbsp;</o:p></span></p><p class=MsoNormal><!--[if gte vml 1]><v:shape id=\"x\"><v:imagedata src=\"cid:image001.png@01DB\"/></v:shape>"
	 "<![endif]--><![if !vml]><img border=0 width=200 height=100 id=\"Bildobjekt_x0020_1\" src=\"cid:image001.png@01DB\" alt=\"Ett diagram över terminer\"><![endif]><o:p></o:p></p>\r\n"
	 "<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>1.<span style='font:7.0pt \"Times New Roman\"'>"
	 "&nbsp;&nbsp;&nbsp;&nbsp; </span></span><![endif]><span lang=EN-US>Send the form<o:p></o:p></span></p>\r\n"
	 "<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>2.<span style='font:7.0pt \"Times New Roman\"'>"
	 "&nbsp;&nbsp;&nbsp;&nbsp; </span></span><![endif]><span lang=EN-US>Wait for <span class=SpellE>Bo's</span> word<o:p></o:p></span></p>\r\n"
	 "<p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Kind regards<o:p></o:p></p><p class=MsoNormal>Bo Ek<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>\r\n"
	 "<table class=MsoNormalTable border=0><tr><td><p class=MsoNormal><img src=\"cid:image002.png@01DB\" alt=\"Logotyp\"></p></td><td><p class=MsoNormal>Bo Ek | Coordinator<br>"
	 "Phone: +46 18 471 00 00<br><a href=\"mailto:" SECRET "\">" SECRET "</a><o:p></o:p></p></td></tr></table>\r\n"
	 "<p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b>From:</b> International Office"
	 " &lt;office@uni.example&gt; <br><b>Sent:</b> Tuesday, November 24, 2026 9:12 AM<br><b>To:</b> Bo Ek &lt;" SECRET "&gt;<br><b>Subject:</b> [INT-42] Exchange<o:p></o:p></p></div></div>\r\n"
	 "<p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Ticket INT-42 " SECRET "</p><p>Hello, when?</p></div></body></html>\r\n",
	 NULL,
	 "Dear Anna,\n\n \n\nPlease see the picture:\n\n \n\n[Ett diagram över terminer]\n\n \n\n1.      Send the form\n\n2.      Wait for Bo's word\n\n \n\nKind regards\n\nBo Ek",
	 {"p.MsoNormal,li.MsoNormal,div.MsoNormal{margin:0cm;font-size:11.0pt;font-family:\"Calibri\",sans-serif;}", "<p class=\"MsoNormal\">Dear Anna,</p>",
	  "src=\"cid:image001.png@01DB\"", "Wait for Bo's word", "color:#1F497D;\">Please", "lang=\"SV\""}},

	{"Gmail",
	 "!mine\r\nHej Anna!\r\n\r\nJa, *sista dag* är den 1 december, och den tiden är lika för alla som\r\nsöker utbyte. Läs <https://uni.example/a> först.\r\n\r\n[image: karta.png]\r\n\r\n"
	 "Bo\r\n\r\n-- \r\nBo Ek, handläggare\r\n" SECRET "\r\n\r\n\r\nDen tis 24 nov. 2026 kl 09:12 skrev Internationella kontoret <\r\noffice@uni.example>:\r\n\r\n"
	 "> Ärende INT-42 " SECRET "\r\n>\r\n> Hej! När är sista dag?\r\n",
	 "<div dir=\"ltr\">!mine<div>Hej Anna!<div><br></div><div>Ja, <b>sista dag</b> är den 1 december, och den tiden är lika för alla som söker utbyte. "
	 "<a href=\"https://uni.example/a\">Läs</a> först.</div><div><br></div><div><img src=\"cid:ii_m1\" alt=\"karta.png\" width=\"300\" height=\"200\"><br></div><div><br></div><div>Bo<br clear=\"all\"></div>"
	 "<div><br></div><span class=\"gmail_signature_prefix\">-- </span><br><div dir=\"ltr\" class=\"gmail_signature\" data-smartmail=\"gmail_signature\"><img src=\"cid:ii_logo\"><div dir=\"ltr\">"
	 "Bo Ek, handläggare<div><a href=\"mailto:" SECRET "\">" SECRET "</a></div></div></div></div></div><br><div class=\"gmail_quote gmail_quote_container\"><div dir=\"ltr\" class=\"gmail_attr\">"
	 "Den tis 24 nov. 2026 kl 09:12 skrev Internationella kontoret &lt;<a href=\"mailto:office@uni.example\">office@uni.example</a>&gt;:<br></div><blockquote class=\"gmail_quote\" "
	 "style=\"margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex\"><div>Ärende INT-42 " SECRET "</div><br>Hej! När är sista dag?</blockquote></div>\r\n",
	 NULL,
	 "Hej Anna!\n\nJa, *sista dag* är den 1 december, och den tiden är lika för alla som\nsöker utbyte. Läs <https://uni.example/a> först.\n\n[image: karta.png]\n\nBo",
	 {"<b>sista dag</b>", "söker utbyte. <a href=\"https://uni.example/a\">Läs</a> först.", "src=\"cid:ii_m1\" alt=\"karta.png\" width=\"300\"", "<div>Bo</div>"}},

	{"Gmail, answers between the quotes",
	 "Den tis 24 nov. 2026 kl 09:12 skrev Internationella kontoret <\r\noffice@uni.example>:\r\n\r\n> Ärende INT-42 " SECRET "\r\n> När är sista dag?\r\n>\r\n\r\nDen 1 december.\r\n\r\n"
	 "> Och vad kostar det? " SECRET "\r\n>\r\n\r\nInget alls.\r\n",
	 "<div dir=\"ltr\"><div dir=\"ltr\"></div><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">Den tis 24 nov. 2026 kl 09:12 skrev Internationella kontoret "
	 "&lt;<a href=\"mailto:office@uni.example\">office@uni.example</a>&gt;:<br></div><blockquote class=\"gmail_quote\" style=\"margin:0px\"><div>Ärende INT-42 " SECRET "</div>"
	 "När är sista dag?<br></blockquote><div><br></div><div>Den <i>1 december</i>.</div><div>&nbsp;</div><blockquote class=\"gmail_quote\" style=\"margin:0px\">Och vad kostar det? " SECRET
	 "<br></blockquote><div><br></div><div>Inget alls.</div></div></div>\r\n",
	 NULL, "Den 1 december.\n\nInget alls.", {"<div>Den <i>1 december</i>.</div>", "<div>Inget alls.</div>"}},

	{"Apple Mail",
	 "Hej Anna,\r\n\r\nja, den 1 december.\r\n\r\nHälsningar\r\nBo\r\n\r\n> 24 nov. 2026 kl. 09:12 skrev Internationella kontoret <office@uni.example>:\r\n> \r\n> Ärende INT-42 " SECRET "\r\n"
	 "> \r\n> Hej! När är sista dag?\r\n",
	 "<html><head><meta http-equiv=\"content-type\" content=\"text/html; charset=utf-8\"></head><body style=\"overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;\">"
	 "Hej Anna,<div><br></div><div>ja, den <u>1 december</u>.</div><div><br></div><div>Hälsningar</div><div>Bo<br id=\"lineBreakAtBeginningOfMessage\"><div><br><blockquote type=\"cite\">"
	 "<div>24 nov. 2026 kl. 09:12 skrev Internationella kontoret &lt;office@uni.example&gt;:</div><br class=\"Apple-interchange-newline\"><div><div>Ärende INT-42 " SECRET "</div>"
	 "<div>Hej! När är sista dag?</div></div></blockquote></div><br></div></body></html>\r\n",
	 NULL, "Hej Anna,\n\nja, den 1 december.\n\nHälsningar\nBo", {"<u>1 december</u>", "Hej Anna,", "overflow-wrap:break-word;"}},

	{"Thunderbird, below the quote",
	 "Den 2026-11-24 kl. 09:12, skrev Internationella kontoret:\r\n> Ärende INT-42 " SECRET "\r\n> \r\n> Hej! När är sista dag?\r\n\r\nHej,\r\n\r\ndet är *den 1 december* /i år/. Se sidan \r\n"
	 "<https://uni.example/utbyte>.\r\n\r\n:-)\r\n\r\n-- \r\nBo Ek\r\n" SECRET "\r\n",
	 "<!DOCTYPE html>\r\n<html>\r\n  <head>\r\n    <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\">\r\n  </head>\r\n  <body>\r\n    <p><br>\r\n    </p>\r\n"
	 "    <div class=\"moz-cite-prefix\">Den 2026-11-24 kl. 09:12, skrev\r\n      Internationella kontoret:<br>\r\n    </div>\r\n    <blockquote type=\"cite\"\r\n      cite=\"mid:x@uni.example\">\r\n"
	 "      <pre class=\"moz-quote-pre\" wrap=\"\">Ärende INT-42 " SECRET "\r\n\r\nHej! När är sista dag?\r\n</pre>\r\n    </blockquote>\r\n    <p>Hej,</p>\r\n    <p>det är <b>den 1 december</b> <i>i\r\n"
	 "        år</i>. Se <a moz-do-not-send=\"true\" href=\"https://uni.example/utbyte\">sidan</a>.</p>\r\n    <p>:-)</p>\r\n    <pre class=\"moz-signature\" cols=\"72\">-- \r\nBo Ek\r\n<a class=\"moz-txt-link-abbreviated\" "
	 "href=\"mailto:" SECRET "\">" SECRET "</a></pre>\r\n  </body>\r\n</html>\r\n",
	 "text/plain; charset=UTF-8; format=flowed",
	 "Hej,\n\ndet är *den 1 december* /i år/. Se sidan <https://uni.example/utbyte>.\n\n:-)", {"<p>Hej,</p>", "<b>den 1 december</b>", "<a href=\"https://uni.example/utbyte\">sidan</a>", "<p>:-)</p>"}},

	{"Outlook on a phone",
	 "Ja, 1 december 👍\r\n\r\nSkaffa Outlook för iOS<https://aka.ms/o0ukef>\r\n________________________________\r\nFrån: Internationella kontoret <office@uni.example>\r\n"
	 "Skickat: tisdag, november 24, 2026 9:12 fm\r\nTill: Bo Ek <" SECRET ">\r\nÄmne: [INT-42] Utbyte\r\n\r\nÄrende INT-42 " SECRET "\r\n",
	 "<html>\r\n<head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n</head>\r\n<body>\r\n<div dir=\"ltr\" style=\"font-family: Aptos, sans-serif; font-size: 12pt;\">Ja, 1 december "
	 "👍</div>\r\n<div id=\"ms-outlook-mobile-body-separator-line\" dir=\"ltr\"><br></div>\r\n<div id=\"ms-outlook-mobile-signature\" dir=\"ltr\">Skaffa <a href=\"https://aka.ms/o0ukef\">Outlook för iOS</a></div>\r\n"
	 "<div id=\"mail-editor-reference-message-container\" class=\"ms-outlook-mobile-reference-message skipProofing\"><hr style=\"display: inline-block; width: 98%;\"><div id=\"divRplyFwdMsg\" "
	 "style=\"font-size: 11pt;\"><b>Från:</b> Internationella kontoret &lt;office@uni.example&gt;<br><b>Skickat:</b> tisdag, november 24, 2026 9:12 fm<br><b>Till:</b> Bo Ek &lt;" SECRET
	 "&gt;<br><b>Ämne:</b> [INT-42] Utbyte<br></div><br>Ärende INT-42 " SECRET "</div></body>\r\n</html>\r\n",
	 NULL, "Ja, 1 december 👍", {"Ja, 1 december 👍</div>"}},

	{"a phone's two words",
	 "Ja!\r\n\r\nSkickat från min iPhone\r\n\r\n> 24 nov. 2026 kl. 09:12 skrev Internationella kontoret <office@uni.example>:\r\n> \r\n> \xEF\xBB\xBFÄrende INT-42 " SECRET "\r\n",
	 "<html><head><meta http-equiv=\"content-type\" content=\"text/html; charset=utf-8\"></head><body dir=\"auto\"><div dir=\"ltr\">Ja!<br id=\"lineBreakAtBeginningOfSignature\"><div dir=\"ltr\">"
	 "Skickat från min iPhone</div></div><div dir=\"ltr\"><br><blockquote type=\"cite\">24 nov. 2026 kl. 09:12 skrev Internationella kontoret &lt;office@uni.example&gt;:<br><br></blockquote></div>"
	 "<blockquote type=\"cite\"><div dir=\"ltr\">\xEF\xBB\xBFÄrende INT-42 " SECRET "</div></blockquote></body></html>\r\n",
	 NULL, "Ja!", {"Ja!"}},

	{"HTML alone, with a numbered list",
	 NULL,
	 "<html><body><p>Hej!</p><ol><li>Skicka blanketten.</li><li>Vänta.</li></ol><p>Bo</p><div><hr><b>Från:</b> Internationella kontoret &lt;office@uni.example&gt;<br><b>Skickat:</b> den 24 november 2026 "
	 "09:12<br><b>Till:</b> Bo Ek &lt;" SECRET "&gt;<br><b>Ämne:</b> [INT-42] Utbyte<br><p>Ärende " SECRET "</p></div></body></html>\r\n",
	 NULL, "Hej!\n\n1. Skicka blanketten.\n2. Vänta.\n\nBo", {"<ol><li>Skicka blanketten.</li><li>Vänta.</li></ol>", "<p>Bo</p>"}},

	{"plain text, flowed",
	 "!close\r\n\r\nHej Anna,\r\n\r\nja, sista dag är den 1 december, och den tiden är lika för alla som \r\nsöker utbyte.\r\n\r\nBo\r\n-- \r\nBo Ek\r\n" SECRET "\r\n\r\n"
	 "On 2026-11-24 09:12, Internationella kontoret wrote:\r\n> Ärende INT-42 " SECRET "\r\n",
	 NULL, "text/plain; charset=utf-8; format=flowed; delsp=no",
	 "Hej Anna,\n\nja, sista dag är den 1 december, och den tiden är lika för alla som söker utbyte.\n\nBo", {NULL}},
};

#endif
