/**
 * Which media time is on the screen, as the compositor tells it. `currentTime` runs ahead of it and,
 * while seeking, says what was asked and not what is seen.
 */
export class Presented {
  private seconds_: number | undefined;
  private handle: number | undefined;

  constructor(private readonly video: HTMLVideoElement) {
    this.listen();
  }

  get seconds(): number | undefined {
    return this.seconds_;
  }

  /** What is on the screen belongs to another timebase. */
  forget(): void {
    this.seconds_ = undefined;
    this.stop();
    this.listen();
  }

  stop(): void {
    if (this.handle !== undefined) this.video.cancelVideoFrameCallback(this.handle);
    this.handle = undefined;
  }

  private listen(): void {
    this.handle = this.video.requestVideoFrameCallback((_now, metadata) => {
      this.seconds_ = metadata.mediaTime;
      this.listen();
    });
  }
}
