#include "time_text.h"

#include <stdio.h>
#include <time.h>

void time_text_now(char text[TIME_TEXT_SIZE])
{
    struct timespec now;
    struct tm utc;
    char seconds[24];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text, TIME_TEXT_SIZE, "%s.%09ldZ", seconds, now.tv_nsec);
}
