/* time_text.h - a moment as RFC 3339 has it, in UTC: "2026-11-25T20:45:01.123456789Z". */
#ifndef LAUNCHER_TIME_TEXT_H
#define LAUNCHER_TIME_TEXT_H

enum { TIME_TEXT_SIZE = 36 };

void time_text_now(char text[TIME_TEXT_SIZE]);

#endif
